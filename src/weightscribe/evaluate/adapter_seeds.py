"""Scores of adapters that were trained alike from several seeds, as one figure."""

from collections.abc import Mapping, Sequence

import numpy as np

from weightscribe.statistics import Estimate, bootstrap_mean


def mean_over_seeds(values: Sequence[Mapping[str, float]], seed: int = 0, n_resamples: int = 10_000) -> Estimate:
    """The mean over weight diffs and seeds, with a 95% interval for both: each is resampled by itself.

    values  for every seed the score by the diff's name; diffs that one of them has no score for are left out
    n is the number of diffs. Of k seeds the resamples show (k - 1) / k of the variance between seeds: half, for two.
    One seed: as bootstrap_mean. Raises: ValueError as that does, and if no diff has a score from every seed.
    """
    shared = [diff for diff in values[0] if all(diff in own for own in values)] if values else []
    table = np.array([[own[diff] for own in values] for diff in shared], dtype=np.float64)
    plain = bootstrap_mean(table.mean(axis=1) if len(shared) else [], seed, n_resamples)
    if len(values) < 2 or table.min() == table.max():
        return plain
    rng = np.random.default_rng(seed)
    diffs = rng.integers(len(shared), size=(n_resamples, len(shared)))
    seeds = rng.integers(len(values), size=(n_resamples, len(values)))
    means = table[diffs[:, :, None], seeds[:, None, :]].mean(axis=(1, 2))
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(plain.mean, float(low), float(high), len(shared))
