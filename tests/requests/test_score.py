"""Rates over tried requests."""

import pytest

from weightscribe.requests.records import Answered, Tried
from weightscribe.requests.score import summarize


def tried(name, rank, other, nats=4.0, changed="I can't talk", unchanged="Tea is nice"):
    first = Answered("Tell me about tea.", "refusal", "tea", nats, changed, unchanged)
    return Tried(name, 100, rank, other, 0.5, (first,))


def shows(diff, answer):
    return "can't" in answer


def test_rates_of_a_family_with_subjects():
    found = [
        tried("a", 1, 7),
        tried("b", 3, 1),
        tried("c", 4, 9, unchanged="I can't say"),
        tried("d", 1, 2, 8.0, "Yes"),
    ]
    metrics = summarize(found, "refusal", shows, 0)
    assert metrics["refusal_n"] == 4
    assert metrics["refusal_first"] == 0.5
    assert metrics["refusal_top_3"] == 0.75
    assert metrics["refusal_first_of_other"] == 0.25
    assert metrics["refusal_shown"] == 0.5  # not c, whose base model refuses too, and not d, who answers
    assert metrics["refusal_nats"] == 5.0
    assert metrics["refusal_times_median"] == 10.0
    assert metrics["refusal_first_ci95_low"] <= 0.5 <= metrics["refusal_first_ci95_high"]


def test_a_family_without_subjects_has_sizes_alone():
    metrics = summarize([tried("a", None, None), tried("b", None, None)], "benign", None, 0)
    assert {key.removesuffix("_ci95_low").removesuffix("_ci95_high") for key in metrics} == {
        "benign_n",
        "benign_nats",
        "benign_times_median",
    }


def test_no_tried_diff_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        summarize([], "benign", None, 0)
