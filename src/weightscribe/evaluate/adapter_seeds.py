"""Scores of adapters that were trained alike from several seeds, as one figure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from weightscribe.ask.family_methods import SPECIFIC
from weightscribe.dit.family_training import kind_of
from weightscribe.evaluate.graded_reports import GradedReport
from weightscribe.statistics import Estimate, bootstrap_mean


def of_kinds(graded: Mapping[str, list[GradedReport]]) -> dict[str, list[GradedReport]]:
    """The graded answers of all adapters of a kind together, those of the first seed first.

    graded  by the adapter's name
    """
    found: dict[str, list[GradedReport]] = defaultdict(list)
    for name in sorted(graded, key=lambda name: name != kind_of(name)):
        found[kind_of(name)] += graded[name]
    return dict(found)


def score_metrics(graded: Sequence[GradedReport], seed: int) -> dict:
    """Scores of one kind of adapter: `<kind>_on_<family>_score_...`, or `<kind>_<method>_on_<family>_score_...`.

    With several seeds also `..._score_lowest_seed` and `..._score_highest_seed`, the means of single adapters, and
    `<kind>_n_seeds`. `n_<family>` diffs were asked the family's question.
    """
    kind = kind_of(graded[0].adapter)
    metrics: dict = {}
    scored: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in graded:
        if row.score is not None:
            scored[row.method, row.family][row.adapter][row.diff] = row.score
    for (method, family), by_adapter in scored.items():
        name = {SPECIFIC: f"{kind}_on_{family}"}.get(method, f"{kind}_{method}_on_{family}")
        runs = list(by_adapter.values())
        estimate = mean_over_seeds(runs, seed=seed)
        metrics |= estimate.as_metrics(name)
        if len(runs) > 1:
            means = [fmean(run.values()) for run in runs]
            metrics |= {f"{name}_score_lowest_seed": min(means), f"{name}_score_highest_seed": max(means)}
        if method == SPECIFIC:
            metrics[f"n_{family}"] = estimate.n
    adapters = dict.fromkeys(row.adapter for row in graded)
    if len(adapters) > 1:
        metrics[f"{kind}_n_seeds"] = len(adapters)
    return metrics


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
