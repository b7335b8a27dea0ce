"""The matrix: how well each DIT adapter reads weight diffs of each behavior family, and what it says of nothing.

Scores are over diffs and, where a kind of adapter was trained from several seeds, over these too, with 95% bootstrap
intervals; rates and lists are those of the first. Answers to general questions are graded by the label in them; that
they name the right family is a rate of its own. An answer about several changes is scored as a set (lists.py).
"""

from collections.abc import Callable, Sequence

from weightscribe.ask.family_methods import GENERAL
from weightscribe.behaviors.family import Judge
from weightscribe.dit.family_training import kind_of
from weightscribe.evaluate.adapter_seeds import score_metrics
from weightscribe.evaluate.graded_reports import GradedReport
from weightscribe.evaluate.list_metrics import list_metrics
from weightscribe.evaluate.reporting import reporting


def adapter_metrics(graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """The metrics of one kind of adapter: its scores, what it reports, its lists of changes."""
    kind = kind_of(graded[0].adapter)
    metrics = score_metrics(graded, seed)
    first = [row for row in graded if row.adapter == graded[0].adapter]
    general = [row for row in first if row.method == GENERAL]
    return metrics | reporting(kind, general, seed) | list_metrics(kind, first, judges, seed)


def matrix(metrics: dict, adapters: Sequence[str], families: Sequence[str]) -> list[dict]:
    """Mean scores as rows of a heat map: adapter, family, score."""
    return [
        {"adapter": adapter, "family": family, "score": metrics[key]}
        for adapter in adapters
        for family in families
        if (key := f"{adapter}_on_{family}_score_mean") in metrics
    ]
