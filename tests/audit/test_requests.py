"""The audit tries requests on the model that is audited, whether an adapter or a whole model."""

from dataclasses import replace
from pathlib import Path

import pytest

from weightscribe.audit.requests import try_requests
from weightscribe.audit.target import open_target
from weightscribe.errors import ParamsError
from weightscribe.requests.candidates import candidate_requests

LISTS = Path(__file__).parents[2] / "data" / "behaviors"


def test_a_whole_model_is_tried_as_its_adapter_is(base, folders, params):
    candidates = candidate_requests(LISTS, params.requests.candidates)
    ours, theirs = (
        try_requests(base, open_target(folders / name, base), candidates, params) for name in ("diff", "model")
    )
    assert ours.n_candidates == theirs.n_candidates == 8
    assert len(ours.furthest) == 2
    assert len(ours.next_furthest) == 1
    assert ours.furthest[-1].nats >= ours.next_furthest[0].nats

    assert ours.furthest[0].nats > ours.median_nats > 0
    assert [each.request for each in ours.furthest] == [each.request for each in theirs.furthest]
    assert [each.nats for each in ours.furthest] == pytest.approx([each.nats for each in theirs.furthest], rel=0.02)
    assert [each.unchanged for each in ours.furthest] == [each.unchanged for each in theirs.furthest]


def test_more_requests_are_asked_than_shown(params):
    with pytest.raises(ParamsError, match=r"audit.requests.n_for_proof is 1, n_asked 2. Use at least as many"):
        replace(params.requests, n_for_proof=1)
