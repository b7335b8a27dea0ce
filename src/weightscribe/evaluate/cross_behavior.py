"""The matrix: how well each DIT adapter reads weight diffs of each behavior family, and what it says of nothing.

Scores are over diffs, with 95% bootstrap intervals. Answers to general questions are graded by the label in them; that
they name the right family is a rate of its own. An answer about several changes is scored as a set (lists.py).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean

from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import Judge
from weightscribe.evaluate.family_methods import (
    CHECKLIST,
    CONTRAST,
    GENERAL,
    NO_DIFF,
    PAIR,
    RANKED,
    SHUFFLED,
    SHUFFLED_CONTRAST,
    SPECIFIC,
)
from weightscribe.evaluate.graded_reports import GradedReport, is_nothing
from weightscribe.evaluate.lists import ListedChange, checklist_f1s, listed_changes, n_changes, set_f1
from weightscribe.evaluate.reporting import reporting
from weightscribe.statistics import bootstrap_mean


def adapter_metrics(graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """The metrics of one adapter: `<adapter>_on_<family>_score_...` and what stands beside it."""
    adapter = graded[0].adapter
    metrics: dict = {}
    scored: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in graded:
        if row.score is not None:
            scored[row.method, row.family].append(row.score)
    for (method, family), scores in scored.items():
        name = {SPECIFIC: f"{adapter}_on_{family}"}.get(method, f"{adapter}_{method}_on_{family}")
        metrics |= bootstrap_mean(scores, seed=seed).as_metrics(name)
        if method == SPECIFIC:
            metrics[f"n_{family}"] = len(scores)
    general = [row for row in graded if row.method == GENERAL]
    return metrics | reporting(adapter, general, seed) | _lists(adapter, graded, judges, seed)


def _lists(adapter: str, graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """F1 of lists of changes: of one general answer, of the answers to every family's question, of the best of both."""
    metrics: dict = {}
    for family in (PAIR, COMBINED):
        own = [row for row in graded if row.family == family]
        for method, name in ((GENERAL, f"{adapter}_{family}_f1"), (RANKED, f"{adapter}_{RANKED}_{family}_f1")):
            if answers := [row for row in own if row.method == method]:
                values = [set_f1(row.target, row.answer, judges) for row in answers]
                metrics |= bootstrap_mean(values, seed=seed).as_rate(name)
                metrics[f"n_{family}"] = len(values)
        if asked := [row for row in own if row.method == CHECKLIST]:
            by_diff = {row.diff: [each for each in asked if each.diff == row.diff] for row in asked}
            lists = {diff: (n_changes(rows[0].target), _listed(rows, judges)) for diff, rows in by_diff.items()}
            values = list(checklist_f1s(lists, seed).values())
            metrics |= bootstrap_mean(values, seed=seed).as_rate(f"{adapter}_checklist_{family}_f1")
    return metrics


def _listed(rows: Sequence[GradedReport], judges: Callable[[str], Judge]) -> list[ListedChange]:
    """The reports that the answers to every family's question make up; nothing notable is no report."""
    notable = {row.answer: row.evidence for row in rows if not is_nothing(row)}
    return listed_changes(rows[0].target, list(notable), list(notable.values()), judges)


def n_left_out_above_controls(metrics: dict, families: Sequence[str]) -> dict:
    """Of how many families an adapter that never saw them reads more than every control, intervals apart.

    `n_left_out_above_controls`; with `_by_contrast` answers and the control under another diff are decoded by contrast.
    """
    left_out = [family for family in families if f"without_{family}_on_{family}_score_ci95_low" in metrics]
    if not left_out:
        return {}
    return {
        "n_families_left_out": len(left_out),
        "n_left_out_above_controls": sum(_is_above(metrics, family, "", SHUFFLED) for family in left_out),
        "n_left_out_above_controls_by_contrast": sum(
            _is_above(metrics, family, f"_{CONTRAST}", SHUFFLED_CONTRAST) for family in left_out
        ),
    }


def _is_above(metrics: dict, family: str, decoding: str, shuffled: str) -> bool:
    low = metrics.get(f"without_{family}{decoding}_on_{family}_score_ci95_low")
    controls = [f"without_{family}_{control}_on_{family}" for control in (shuffled, NO_DIFF)]
    highs = [metrics.get(f"{name}_score_ci95_high") for name in (*controls, f"base_question_on_{family}")]
    return low is not None and all(low > high for high in highs if high is not None)


def lever_gains(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """What two levers add to the score of a family the adapter never saw, paired by diff, over all families left out.

    `lever_contrast_gain`        decoding by contrast against plain decoding, same adapter
    `lever_more_families_gain`   trained on all other families against the mean of adapters trained on one other
    """
    by_contrast, by_families = [], []
    for family in families:
        left_out = graded.get(f"without_{family}")
        if left_out is None:
            continue
        plain, contrast = (_by_diff(left_out, method, family) for method in (SPECIFIC, CONTRAST))
        by_contrast += [contrast[diff] - plain[diff] for diff in plain if diff in contrast]
        singles = [
            _by_diff(own, SPECIFIC, family)
            for name, own in graded.items()
            if name.startswith("only_") and name != f"only_{family}"
        ]
        for diff, value in plain.items():
            if others := [single[diff] for single in singles if diff in single]:  # an LLM judge may have left one out
                by_families.append(value - fmean(others))
    gains = {}
    for name, values in (("contrast", by_contrast), ("more_families", by_families)):
        if values:
            gains |= bootstrap_mean(values, seed=seed).as_rate(f"lever_{name}_gain")
    return gains


def _by_diff(graded: Sequence[GradedReport], method: str, family: str) -> dict[str, float]:
    return {
        row.diff: row.score for row in graded if row.method == method and row.family == family and row.score is not None
    }


def matrix(metrics: dict, adapters: Sequence[str], families: Sequence[str]) -> list[dict]:
    """Mean scores as rows of a heat map: adapter, family, score."""
    return [
        {"adapter": adapter, "family": family, "score": metrics[key]}
        for adapter in adapters
        for family in families
        if (key := f"{adapter}_on_{family}_score_mean") in metrics
    ]
