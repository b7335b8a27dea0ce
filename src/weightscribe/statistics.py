"""A mean with its 95% interval, by resampling.

The percentile bootstrap assumes no shape and stays inside the range of the values, so a score of
1 to 5 never gets an interval that ends at 5.2. It is a little too narrow for few values: on
normal ones it holds the true mean 90% of the time for n = 10, 93% for n = 30 to 60. The values
must be independent: when several answers come from one weight diff, give one value per diff.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """The mean of n values and the ends of its 95% interval."""

    mean: float
    ci95_low: float
    ci95_high: float
    n: int

    def as_metrics(self, prefix: str, unit: str = "score") -> dict[str, float]:
        """`<prefix>_<unit>_mean`, `_ci95_low` and `_ci95_high`."""
        name = f"{prefix}_{unit}"
        return {
            f"{name}_mean": self.mean,
            f"{name}_ci95_low": self.ci95_low,
            f"{name}_ci95_high": self.ci95_high,
        }

    def as_rate(self, name: str) -> dict[str, float]:
        """`<name>`, the mean itself, `<name>_ci95_low` and `_ci95_high`."""
        return {name: self.mean, f"{name}_ci95_low": self.ci95_low, f"{name}_ci95_high": self.ci95_high}


def bootstrap_mean(values: Sequence[float], seed: int = 0, n_resamples: int = 10_000) -> Estimate:
    """The mean of `values` with a 95% percentile bootstrap interval; their order does not count.

    One value, or all values equal: both ends are the mean. That says nothing about precision; a
    bootstrap cannot see what the sample does not hold. Read n beside it.
    Raises: ValueError if there is no value, or one is None or not finite.
    """
    values = list(values)
    if n_unscored := sum(value is None for value in values):
        raise ValueError(
            f"{n_unscored} of {len(values)} values are None (unscored). Filter them out and "
            "report how many there were; an unscored answer has no place in a mean."
        )
    sample = np.sort(np.asarray(values, dtype=np.float64))  # sorted: same values, same resamples
    if sample.ndim != 1 or not len(sample):
        raise ValueError("A mean needs a flat list of at least one value.")
    if not np.isfinite(sample).all():
        raise ValueError("A value is NaN or infinite. Find out why; do not average it away.")
    mean = math.fsum(sample) / len(sample)
    if sample[0] == sample[-1]:
        return Estimate(mean, mean, mean, len(sample))
    interval = stats.bootstrap(
        (sample,),
        np.mean,
        n_resamples=n_resamples,
        batch=max(1, 2_000_000 // len(sample)),  # 16 MB at a time
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), len(sample))
