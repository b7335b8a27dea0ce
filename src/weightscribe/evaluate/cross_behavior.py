"""The matrix: how well each DIT adapter reads weight diffs of each behavior family, and what it says of nothing.

Scores are over diffs and, where a kind of adapter was trained from several seeds, over these too, with 95% bootstrap
intervals; rates and lists are those of the first. Answers to general questions are graded by the label in them; that
they name the right family is a rate of its own. An answer about several changes is scored as a set (lists.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from weightscribe.behaviors.family import Judge
from weightscribe.dit.family_training import kind_of
from weightscribe.evaluate.adapter_seeds import mean_over_seeds
from weightscribe.evaluate.family_methods import GENERAL, SPECIFIC
from weightscribe.evaluate.graded_reports import GradedReport
from weightscribe.evaluate.list_metrics import list_metrics
from weightscribe.evaluate.reporting import reporting


def of_kinds(graded: Mapping[str, list[GradedReport]]) -> dict[str, list[GradedReport]]:
    """The graded answers of all adapters of a kind together, those of the first seed first.

    graded  by the adapter's name
    """
    found: dict[str, list[GradedReport]] = defaultdict(list)
    for name in sorted(graded, key=lambda name: name != kind_of(name)):
        found[kind_of(name)] += graded[name]
    return dict(found)


def adapter_metrics(graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """The metrics of one kind of adapter: its scores, what it reports, its lists of changes."""
    kind = kind_of(graded[0].adapter)
    metrics = score_metrics(graded, seed)
    first = [row for row in graded if row.adapter == graded[0].adapter]
    general = [row for row in first if row.method == GENERAL]
    return metrics | reporting(kind, general, seed) | list_metrics(kind, first, judges, seed)


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


def matrix(metrics: dict, adapters: Sequence[str], families: Sequence[str]) -> list[dict]:
    """Mean scores as rows of a heat map: adapter, family, score."""
    return [
        {"adapter": adapter, "family": family, "score": metrics[key]}
        for adapter in adapters
        for family in families
        if (key := f"{adapter}_on_{family}_score_mean") in metrics
    ]
