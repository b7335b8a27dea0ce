"""Thresholds are chosen on one half and judged on the other; separable evidence separates, noise does not."""

import random

import pytest

from weightscribe.evaluate.specificity import auroc, calibration_curve, choose_threshold, reports, summarize

CHANGED = {f"c{i}": 10.0 + i for i in range(20)}
BENIGN = {f"b{i}": i / 10 for i in range(20)}


def test_the_threshold_lies_between_benign_and_changed():
    assert choose_threshold([10.0, 12.0], [0.0, 2.0]) == 6.0


def test_of_new_benign_values_no_more_than_five_percent_are_expected_above_the_threshold():
    rng = random.Random(0)
    for n in (24, 40, 48, 100):
        rates = []
        for _ in range(400):
            threshold = choose_threshold([i / 1000 for i in range(1100)], [rng.random() for _ in range(n)])
            rates.append(sum(rng.random() > threshold for _ in range(50)) / 50)
        assert 0.02 < sum(rates) / len(rates) <= 0.055  # a mean of 400 draws is off by 0.002


def test_with_many_benign_values_some_may_lie_above_the_threshold():
    benign = [float(i) for i in range(100)]
    assert sum(value > choose_threshold([95.5, 200.0], benign) for value in benign) == 4


def test_changed_models_without_evidence_stay_unreported():
    assert choose_threshold([0.0], [1.0, 2.0]) == 2.0
    changed, benign = reports({f"c{i}": 0.0 for i in range(10)}, BENIGN, seed=0)
    assert not any(changed.values())
    assert changed.keys() == {f"c{i}" for i in range(10)}
    assert benign.keys() == BENIGN.keys()


def test_separable_evidence_is_perfect_and_noise_is_chance():
    metrics = summarize(CHANGED, {"own_answers": BENIGN}, [0.0, 0.0], seed=0)
    assert metrics["recall_verified"] == metrics["auroc"] == 1
    assert metrics["false_positive_rate_benign"] == metrics["false_positive_rate_unchanged"] == 0
    assert metrics["false_positive_rate_own_answers"] == 0
    rng = random.Random(0)
    noise = auroc([rng.random() for _ in range(200)], [rng.random() for _ in range(200)], seed=0)
    assert noise["auroc_ci95_low"] < 0.5 < noise["auroc_ci95_high"]


def test_no_model_is_judged_by_a_threshold_it_helped_to_choose():
    # One benign model with huge evidence: the half that holds it must raise its threshold for the other half only.
    benign = {**BENIGN, "b19": 1000.0}
    changed, judged = reports(CHANGED, benign, seed=0)
    assert judged["b19"]
    assert 0 < sum(changed.values()) < len(changed)


def test_the_calibration_curve_rises():
    curve = calibration_curve(list(CHANGED.values()), list(BENIGN.values()), n_bins=4)
    assert [row["n"] for row in curve] == [10] * 4
    observed = [row["observed"] for row in curve]
    assert observed == sorted(observed)
    assert observed[0] == pytest.approx(0)
    assert observed[-1] == pytest.approx(1)
