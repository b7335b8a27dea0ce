"""A mean over diffs and seeds has an interval that knows of both."""

import pytest

from weightscribe.evaluate.adapter_seeds import mean_over_seeds
from weightscribe.statistics import bootstrap_mean

SCORES = [1, 2, 2, 3, 5, 4, 1, 5, 3, 2]


def test_one_seed_is_a_plain_mean_and_equal_seeds_do_not_narrow_it():
    own = {f"d{number}": value for number, value in enumerate(SCORES)}
    plain = bootstrap_mean(SCORES)
    assert mean_over_seeds([own]) == plain
    twice = mean_over_seeds([own, dict(own)])
    assert (twice.mean, twice.n) == (plain.mean, plain.n)
    assert twice.ci95_low == pytest.approx(plain.ci95_low, abs=0.11)
    assert twice.ci95_high == pytest.approx(plain.ci95_high, abs=0.11)


def test_seeds_that_differ_widen_the_interval():
    one = {f"d{number}": value for number, value in enumerate(SCORES)}
    other = {diff: value + 2.0 for diff, value in one.items()}
    means = bootstrap_mean([(one[diff] + other[diff]) / 2 for diff in one])
    both = mean_over_seeds([one, other])
    assert both.mean == pytest.approx(means.mean)
    assert both.ci95_low < means.ci95_low - 0.3
    assert both.ci95_high > means.ci95_high + 0.3


def test_diffs_that_a_seed_has_no_value_for_are_left_out():
    found = mean_over_seeds([{"a": 1.0, "b": 5.0}, {"a": 3.0}])
    assert (found.mean, found.n) == (2.0, 1)
    with pytest.raises(ValueError, match="at least one value"):
        mean_over_seeds([{"a": 1.0}, {"b": 1.0}])
