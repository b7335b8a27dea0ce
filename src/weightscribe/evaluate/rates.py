"""Means with their intervals, under the names of metrics."""

from collections.abc import Mapping, Sequence

from weightscribe.statistics import bootstrap_mean


def as_rates(values: Mapping[str, Sequence[float]], seed: int) -> dict[str, float]:
    """`<name>`, the mean of its values, `<name>_ci95_low` and `_ci95_high`; a name without values is left out."""
    metrics: dict[str, float] = {}
    for name, own in values.items():
        if own:
            metrics |= bootstrap_mean(own, seed=seed).as_rate(name)
    return metrics
