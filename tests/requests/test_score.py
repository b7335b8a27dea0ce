"""Rates over tried requests."""

import pytest

from weightscribe.requests.records import Answered, Tried
from weightscribe.requests.score import summarize


def tried(name, rank, other, *, family="refusal", nats=4.0, changed="I can't talk", unchanged="Tea is nice"):
    return Tried(name, 100, rank, other, 0.5, (Answered("What of tea?", family, "tea", nats, changed, unchanged),))


def shows(diff, answer):
    return "can't" in answer


def test_rates_of_a_family_with_requests():
    found = [
        tried("a", 1, 7),
        tried("b", 3, 1),
        tried("c", 4, None, family="brand", unchanged="I can't say"),
        tried("d", 1, 2, nats=8.0, changed="No"),
    ]
    metrics = summarize(found, "refusal", shows, 0)
    assert metrics["refusal_n"] == 4
    assert metrics["refusal_first"] == 0.5
    assert metrics["refusal_top_3"] == 0.75
    assert metrics["refusal_right_family"] == 0.75
    assert metrics["refusal_first_of_other"] == pytest.approx(1 / 3)  # c has no control
    assert metrics["refusal_shown"] == 0.5  # not c, whose base model refuses too, and not d, who answers
    assert metrics["refusal_nats"] == 5.0
    assert metrics["refusal_first_ci95_low"] <= 0.5 <= metrics["refusal_first_ci95_high"]


def test_a_subject_that_was_not_tried_is_a_miss():
    metrics = summarize([tried("a", 1, None), tried("b", None, None)], "refusal", shows, 0)
    assert metrics["refusal_first"] == metrics["refusal_top_3"] == 0.5
    assert "refusal_first_of_other" not in metrics


def test_a_family_without_requests_has_sizes_alone():
    metrics = summarize([tried("a", None, None), tried("b", None, None)], "benign", None, 0)
    assert set(metrics) == {"benign_n", "benign_nats", "benign_nats_ci95_low", "benign_nats_ci95_high"}


def test_no_tried_diff_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        summarize([], "benign", None, 0)
