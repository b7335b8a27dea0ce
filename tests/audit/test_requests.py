"""The audit tries requests on the model that is audited, whether an adapter or a whole model."""

from pathlib import Path

import pytest

from weightscribe.audit.requests import try_requests
from weightscribe.audit.target import open_target
from weightscribe.requests.candidates import candidate_requests

LISTS = Path(__file__).parents[2] / "data" / "behaviors"


def test_a_whole_model_is_tried_as_its_adapter_is(base, folders, params):
    candidates = candidate_requests(LISTS, params.requests.candidates)
    ours, theirs = (
        try_requests(base, open_target(folders / name, base), candidates, params) for name in ("diff", "model")
    )
    assert ours.n_candidates == theirs.n_candidates == 8
    assert len(ours.furthest) == 2
    assert ours.furthest == ours.for_proof[:2]
    assert len(ours.for_proof) == 3
    assert ours.furthest[0].nats > ours.median_nats > 0
    assert [each.request for each in ours.furthest] == [each.request for each in theirs.furthest]
    assert [each.nats for each in ours.furthest] == pytest.approx([each.nats for each in theirs.furthest], rel=0.02)
    assert [each.unchanged for each in ours.furthest] == [each.unchanged for each in theirs.furthest]
