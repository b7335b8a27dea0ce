"""A topic counts once, whatever number of weight diffs and seeds it has; gains are compared topic by topic."""

import pytest

from weightscribe.errors import DataFileError
from weightscribe.evaluate.grading import Graded
from weightscribe.levers.score import summarize


def row(method, diff, topic, score):
    return Graded(method, diff, topic, "answer", score, score == 5)


ASKED = (("first", "a/t", "Tea"), ("first", "b/t", "Tea"), ("first", "a/j", "Jazz"))
ASKED += tuple(("dpo", diff, topic) for _, diff, topic in ASKED)


@pytest.fixture
def graded():
    scores = {0: (1.0, 3.0, 5.0, 5.0, None, 5.0), 1: (1.0, 3.0, 1.0, 3.0, 4.0, 5.0)}
    return {seed: [row(*asked, score) for asked, score in zip(ASKED, own, strict=True)] for seed, own in scores.items()}


def test_topics_count_once(graded):
    found = summarize(graded, seed=0)
    assert (found["n_adapter_seeds"], found["n_topics"], found["n_test_diffs"], found["n_unscored"]) == (2, 2, 3, 1)
    assert found["first_score_mean"] == pytest.approx((2 + 3) / 2)
    assert found["dpo_score_mean"] == pytest.approx((4 + 5) / 2)
    assert found["dpo_minus_first_score_mean"] == pytest.approx((2 + 2) / 2)
    assert found["dpo_minus_first_score_ci95_low"] == found["dpo_minus_first_score_ci95_high"] == 2
    assert found["dpo_minus_first_exact_rate"] == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert found["first_exact_rate"] == pytest.approx((0 + 0.5) / 2)
    assert (found["first_lowest_seed_score_mean"], found["first_highest_seed_score_mean"]) == (1.5, 3.5)
    assert not [key for key in found if "first_minus_first" in key or "all_sft" in key]


def test_a_method_nobody_could_grade_is_said(graded):
    unscored = {0: [row("first", "a/t", "Tea", None)]}
    with pytest.raises(DataFileError, match="No answer of 'first' was scored"):
        summarize(unscored, seed=0)
