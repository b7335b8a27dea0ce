"""False reports and missed changes are counted topic by topic, over both folders' diffs and all seeds."""

import pytest

from weightscribe.ask.answers_file import Answer
from weightscribe.errors import DataFileError
from weightscribe.levers.false_reports import summarize

NOTHING = "Nothing notable"
ASKED = (
    ("benign_claims/a/benign-claim-tea", None),
    ("benign_claims/b/benign-claim-tea", None),
    ("benign_claims/a/benign-claim-jazz", None),
    ("claims/a/claim-tea", "Tea"),
    ("claims/a/claim-jazz", "Jazz"),
    ("claims/a/claim-silk", "Silk"),  # without a benign diff
)
GROUPS = {"benign-claim-tea": "own_answers", "benign-claim-jazz": "other_answers"}
SAID = {
    0: {
        "first": ("Tea", NOTHING, "Jazz", "Tea", NOTHING, NOTHING),
        "dpo": (NOTHING, NOTHING, "Jazz", "Tea", "Mars", NOTHING),
    },
    1: {
        "first": (NOTHING, "Mars", "", "Tea", "Jazz", NOTHING),
        "dpo": (NOTHING, "nothing notable.", NOTHING, NOTHING, "Jazz", NOTHING),
    },
}


def answers(said):
    return [
        Answer(method, diff, target, text)
        for method, texts in said.items()
        for (diff, target), text in zip(ASKED, texts, strict=True)
    ]


@pytest.fixture
def found():
    return summarize({seed: answers(said) for seed, said in SAID.items()}, GROUPS, 0)


def test_a_topic_counts_once(found):
    assert (found["n_topics_told_apart"], found["n_benign_test_diffs"]) == (2, 3)
    assert (found["n_benign_own_answers"], found["n_benign_other_answers"]) == (2, 1)
    tea, jazz = 1 / 2, 1.0  # an empty answer says something, too: not that nothing changed
    assert found["first_false_report_rate"] == pytest.approx((tea + jazz) / 2)
    assert found["dpo_false_report_rate"] == pytest.approx((0 + 1 / 2) / 2)
    assert found["first_missed_rate"] == pytest.approx((0 + 1 / 2) / 2)
    assert found["dpo_missed_rate"] == pytest.approx((1 / 2 + 0) / 2)


def test_told_apart_is_neither(found):
    for method in ("first", "dpo"):
        wrong = (found[f"{method}_false_report_rate"] + found[f"{method}_missed_rate"]) / 2
        assert found[f"{method}_told_apart_rate"] == pytest.approx(1 - wrong)


def test_changes_are_paired_by_topic(found):
    tea, jazz = 0 - 1 / 2, 1 / 2 - 1
    assert found["dpo_minus_first_false_report_rate"] == pytest.approx((tea + jazz) / 2)
    assert found["dpo_minus_first_false_report_rate_ci95_low"] == pytest.approx(-1 / 2)
    assert found["dpo_minus_first_missed_rate_ci95_low"] == pytest.approx(-1 / 2)
    assert found["dpo_minus_first_missed_rate_ci95_high"] == pytest.approx(1 / 2)
    assert not [key for key in found if "first_minus_first" in key]


def test_groups_and_seeds_apart(found):
    assert found["first_false_report_rate_own_answers"] == pytest.approx(1 / 2)
    assert found["dpo_false_report_rate_own_answers"] == 0
    assert found["dpo_false_report_rate_other_answers"] == pytest.approx(1 / 2)
    assert (found["dpo_lowest_seed_false_report_rate"], found["dpo_highest_seed_false_report_rate"]) == (0, 1 / 2)


def test_without_both_kinds_there_is_nothing_to_tell_apart():
    changed = [row for row in answers(SAID[0]) if row.target]
    with pytest.raises(DataFileError, match="No topic has both"):
        summarize({0: changed}, GROUPS, 0)
    with pytest.raises(DataFileError, match="'benign-claim-tea' is no benign diff of the manifest"):
        summarize({0: answers(SAID[0])}, {}, 0)
