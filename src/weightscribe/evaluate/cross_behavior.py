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
    ANY_QUESTION,
    CHECKLIST,
    CONTRAST,
    EVIDENT,
    GENERAL,
    NO_DIFF,
    PAIR,
    RANKED,
    SHUFFLED,
    SHUFFLED_ANY_QUESTION,
    SHUFFLED_CONTRAST,
    SHUFFLED_EVIDENT,
    SPECIFIC,
    TRIED,
    TWO_CHANGES,
)
from weightscribe.evaluate.graded_reports import GradedReport, is_nothing
from weightscribe.evaluate.lists import ListedChange, checklist_f1s, listed_changes, n_changes, set_f1
from weightscribe.evaluate.reporting import reporting
from weightscribe.statistics import bootstrap_mean

# Ways to answer otherwise than plainly, and the control answered in the same way.
LEVERS = {CONTRAST: SHUFFLED_CONTRAST, EVIDENT: SHUFFLED_EVIDENT, ANY_QUESTION: SHUFFLED_ANY_QUESTION}


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
    """F1 of lists of changes: of one general answer, of the answers to every family's question, of the best of both,
    and of these with what M' shows by itself."""
    metrics: dict = {}
    of_both: dict[str, list[float]] = defaultdict(list)
    for family in (PAIR, COMBINED):
        own = [row for row in graded if row.family == family]
        for method, name in ((GENERAL, ""), (RANKED, f"{RANKED}_"), (TRIED, f"{TRIED}_")):
            if answers := [row for row in own if row.method == method]:
                values = [set_f1(row.target, row.answer, judges) for row in answers]
                metrics |= bootstrap_mean(values, seed=seed).as_rate(f"{adapter}_{name}{family}_f1")
                metrics[f"n_{family}"] = len(values)
                of_both[f"{adapter}_{name}{TWO_CHANGES}_f1"] += values
        if asked := [row for row in own if row.method == CHECKLIST]:
            by_diff = {row.diff: [each for each in asked if each.diff == row.diff] for row in asked}
            lists = {diff: (n_changes(rows[0].target), _listed(rows, judges)) for diff, rows in by_diff.items()}
            values = list(checklist_f1s(lists, seed).values())
            metrics |= bootstrap_mean(values, seed=seed).as_rate(f"{adapter}_checklist_{family}_f1")
    return metrics | _as_rates(of_both, seed)


def _listed(rows: Sequence[GradedReport], judges: Callable[[str], Judge]) -> list[ListedChange]:
    """The reports that the answers to every family's question make up; nothing notable is no report."""
    notable = {row.answer: row.evidence for row in rows if not is_nothing(row)}
    return listed_changes(rows[0].target, list(notable), list(notable.values()), judges)


def n_left_out_above_controls(metrics: dict, families: Sequence[str]) -> dict:
    """Of how many families an adapter that never saw them reads more than every control, intervals apart.

    `n_left_out_above_controls`; with `_by_<lever>` answers and the control under another diff are given by that lever.
    """
    left_out = [family for family in families if f"without_{family}_on_{family}_score_ci95_low" in metrics]
    if not left_out:
        return {}
    return {
        "n_families_left_out": len(left_out),
        "n_left_out_above_controls": sum(_is_above(metrics, family, "", SHUFFLED) for family in left_out),
        **{
            f"n_left_out_above_controls_by_{lever}": sum(
                _is_above(metrics, family, f"_{lever}", shuffled) for family in left_out
            )
            for lever, shuffled in LEVERS.items()
            if any(f"without_{family}_{lever}_on_{family}_score_mean" in metrics for family in left_out)
        },
    }


def _is_above(metrics: dict, family: str, lever: str, shuffled: str) -> bool:
    low = metrics.get(f"without_{family}{lever}_on_{family}_score_ci95_low")
    controls = [f"without_{family}_{control}_on_{family}" for control in (shuffled, NO_DIFF)]
    highs = [metrics.get(f"{name}_score_ci95_high") for name in (*controls, f"base_question_on_{family}")]
    return low is not None and all(low > high for high in highs if high is not None)


def lever_gains(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """What each lever adds to the score, paired by diff.

    `lever_<lever>_gain`        against plain answers of the same adapter, over the families it never saw
    `lever_<lever>_gain_seen`   the same of the joint adapter, over all families
    `lever_more_families_gain`  trained on all other families against the mean of adapters trained on one other
    """
    gains: dict[str, list[float]] = defaultdict(list)
    for family in families:
        for adapter, seen in ((f"without_{family}", ""), ("joint", "_seen")):
            own = graded.get(adapter, [])
            for lever in LEVERS:
                gains[f"lever_{lever}_gain{seen}"] += _differences(
                    _by_diff(own, lever, family), _by_diff(own, SPECIFIC, family)
                )
        singles = [
            _by_diff(own, SPECIFIC, family)
            for name, own in graded.items()
            if name.startswith("only_") and name != f"only_{family}"
        ]
        for diff, value in _by_diff(graded.get(f"without_{family}", []), SPECIFIC, family).items():
            if others := [single[diff] for single in singles if diff in single]:  # an LLM judge may have left one out
                gains["lever_more_families_gain"].append(value - fmean(others))
    return _as_rates(gains, seed)


def joint_minus_own(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """`joint_minus_only_on_<family>`: how much better the joint adapter reads a family than the family's own adapter
    does, paired by diff; `joint_minus_only_evident_on_<family>`, both asked in several ways."""
    return _as_rates(
        {
            f"joint_minus_only_{infix}on_{family}": _differences(
                _by_diff(graded.get("joint", []), method, family),
                _by_diff(graded.get(f"only_{family}", []), method, family),
            )
            for method, infix in ((SPECIFIC, ""), (EVIDENT, f"{EVIDENT}_"))
            for family in families
        },
        seed,
    )


def _differences(some: dict[str, float], others: dict[str, float]) -> list[float]:
    return [value - others[diff] for diff, value in some.items() if diff in others]


def _as_rates(values: dict[str, list[float]], seed: int) -> dict:
    metrics: dict = {}
    for name, own in values.items():
        if own:
            metrics |= bootstrap_mean(own, seed=seed).as_rate(name)
    return metrics


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
