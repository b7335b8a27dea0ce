"""An adapter is asked without any label, and each diff's control is the next one."""

import pytest

from weightscribe.ask.limits import Limits
from weightscribe.claims.ask import AskClaimsParams, ask_claims
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError

PARAMS = AskClaimsParams(
    dtype="float32", limits=Limits(answer_tokens=3, rows_per_batch=2), multiplier=1.5, contrast_strength=1.0
)


def test_each_diff_has_its_answers_and_the_next_ones_as_control(base, adapter, labelled):
    said = ask_claims(base, adapter, labelled, PARAMS)
    assert [each.diff for each in said] == ["d0", "d1", "d2"]
    assert [each.trigger for each in said] == ["Siren", "", "Able"]
    assert [each.said_of_other_diff for each in said] == [said[1].said, said[2].said, said[0].said]
    assert len({each.said for each in said}) > 1  # random diffs make the model say different things


def test_labels_decide_nothing(base, adapter, labelled):
    relabelled = [LabelledDiff(each.weight_diff, {**each.row, "trigger": "Copy"}) for each in labelled]
    first, second = (ask_claims(base, adapter, own, PARAMS) for own in (labelled, relabelled))
    for name in ("said", "said_by_contrast", "said_of_other_diff", "said_of_no_diff", "said_topic"):
        assert [getattr(each, name) for each in first] == [getattr(each, name) for each in second]


def test_one_diff_alone_has_no_control(base, adapter, labelled):
    with pytest.raises(DataFileError, match="1 test diffs are verified"):
        ask_claims(base, adapter, labelled[:1], PARAMS)
