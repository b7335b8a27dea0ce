"""False reports and missed changes are counted topic by topic, over both folders' diffs and all seeds."""

import pytest

from weightscribe.evaluate.answers_file import Answer
from weightscribe.levers.false_reports import summarize

NOTHING = "Nothing notable"


def answers(method, *said):
    """Two benign diffs of one topic and one of another, two changed diffs; evidence falls with the place."""
    asked = (("a/x", None), ("b/x", None), ("a/y", None), ("a/t", "Tea"), ("a/j", "Jazz"))
    return [
        Answer(method, diff, target, text, float(place))
        for place, ((diff, target), text) in enumerate(zip(asked, said, strict=True))
    ]


@pytest.fixture
def found():
    first = answers("first", "Tea", NOTHING, "Jazz", "Tea", NOTHING)
    dpo = (
        answers("dpo", NOTHING, NOTHING, "Jazz", "Tea", "Mars"),
        answers("dpo", NOTHING, NOTHING, NOTHING, NOTHING, "Jazz"),
    )
    return summarize({seed: [*first, *own] for seed, own in enumerate(dpo)}, 0)


def test_topics_and_seeds_are_averaged(found):
    assert found["n_benign_test_diffs"] == 3
    assert found["first_false_report_rate"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["dpo_false_report_rate"] == pytest.approx((0 + 1 / 2) / 2)
    assert found["dpo_minus_first_false_report_rate"] == pytest.approx(-1 / 2)
    assert found["dpo_minus_first_false_report_rate_ci95_low"] == -1 / 2
    assert found["first_missed_rate"] == 1 / 2
    assert found["dpo_missed_rate"] == pytest.approx((1 / 2 + 0) / 2)
    assert not [key for key in found if "first_minus_first" in key]


def test_what_is_not_said_has_no_evidence(found):
    """First: benign 0, 0, 2; changed 3, 0. Of six pairs the changed one is above in three, equal in two."""
    assert found["first_auroc"] == pytest.approx((3 + 2 / 2) / 6)
    assert found["first_auroc_ci95_low"] <= found["first_auroc"] <= found["first_auroc_ci95_high"]
