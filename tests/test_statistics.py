"""The interval holds the true mean about 95 times in 100, and depends on the values alone."""

import numpy as np
import pytest

from weightscribe.statistics import Estimate, bootstrap_mean

SCORES = [1, 2, 2, 3, 5, 4, 1, 5, 3, 2]


def test_mean_lies_inside_the_interval_and_the_interval_inside_the_range():
    estimate = bootstrap_mean(SCORES)
    assert estimate.mean == pytest.approx(2.8)
    assert estimate.n == 10
    assert 1 <= estimate.ci95_low < estimate.mean < estimate.ci95_high <= 5


def test_interval_agrees_with_the_normal_approximation_on_a_large_sample():
    values = np.random.default_rng(0).normal(3, 1, size=2000)
    estimate = bootstrap_mean(values)
    half_width = 1.96 * values.std(ddof=1) / np.sqrt(2000)
    assert estimate.ci95_low == pytest.approx(values.mean() - half_width, abs=0.003)
    assert estimate.ci95_high == pytest.approx(values.mean() + half_width, abs=0.003)


@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_interval_covers_the_true_mean_about_95_times_in_100(draw):
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        values = generator.normal(1, 2, 60) if draw == "normal" else generator.exponential(1, 60)
        estimate = bootstrap_mean(values, n_resamples=500)
        covered += estimate.ci95_low <= 1 <= estimate.ci95_high
    assert 0.90 <= covered / 300 <= 0.98  # three standard errors are 0.04


@pytest.mark.parametrize("values", [[3], [3, 3, 3], [0.1] * 7])
def test_one_value_or_a_constant_has_an_interval_of_width_zero(values):
    estimate = bootstrap_mean(values)
    assert estimate.mean == pytest.approx(values[0], abs=1e-15)
    assert estimate.ci95_low == estimate.mean == estimate.ci95_high
    assert estimate.n == len(values)


def test_order_does_not_count():
    assert bootstrap_mean(SCORES) == bootstrap_mean(SCORES[::-1]) == bootstrap_mean(sorted(SCORES))


def test_same_seed_same_interval_and_other_seed_other_interval():
    values = np.random.default_rng(2).normal(size=40)
    assert bootstrap_mean(values, seed=7) == bootstrap_mean(values, seed=7)
    other = bootstrap_mean(values, seed=8)
    assert other.mean == bootstrap_mean(values, seed=7).mean
    assert other.ci95_low != bootstrap_mean(values, seed=7).ci95_low


def test_successes_are_averaged_as_a_rate():
    assert bootstrap_mean([True, False, True, True]).mean == 0.75


def test_unscored_values_are_refused_and_counted():
    with pytest.raises(ValueError, match=r"2 of 3 values are None.*Filter"):
        bootstrap_mean([None, 3, None])


@pytest.mark.parametrize("values", [[], [[1, 2], [3, 4]], [1.0, float("nan")], [float("inf")]])
def test_what_has_no_mean_is_refused(values):
    with pytest.raises(ValueError, match=r"at least one value|NaN or infinite"):
        bootstrap_mean(values)


def test_metric_names_carry_prefix_and_unit():
    estimate = Estimate(3.0, 2.5, 3.5, 10)
    assert estimate.as_metrics("heldout") == {
        "heldout_score_mean": 3.0,
        "heldout_score_ci95_low": 2.5,
        "heldout_score_ci95_high": 3.5,
    }
    assert list(estimate.as_metrics("ood", unit="rate")) == [
        "ood_rate_mean",
        "ood_rate_ci95_low",
        "ood_rate_ci95_high",
    ]
