"""The matrix: how well each DIT adapter reads weight diffs of each behavior family, and what it says of nothing.

Scores are over diffs and, where a kind of adapter was trained from several seeds, over these too, with 95% bootstrap
intervals; rates and lists are those of the first. Answers to general questions are graded by the label in them; that
they name the right family is a rate of its own. An answer about several changes is scored as a set (lists.py).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import Judge
from weightscribe.dit.family_training import kind_of
from weightscribe.evaluate.adapter_seeds import mean_over_seeds
from weightscribe.evaluate.family_methods import (
    ANY_QUESTION,
    CHECKLIST,
    CONTRAST,
    EVIDENT,
    GENERAL,
    NO_DIFF,
    ONE_CHANGE,
    PAIR,
    RANKED,
    SHOWN,
    SHUFFLED,
    SHUFFLED_ANY_QUESTION,
    SHUFFLED_CONTRAST,
    SHUFFLED_EVIDENT,
    SHUFFLED_TRIED,
    SPECIFIC,
    STORY,
    TRIED,
    TWO_CHANGES,
)
from weightscribe.evaluate.graded_reports import GradedReport, benign, is_nothing
from weightscribe.evaluate.lists import ListedChange, checklist_f1s, list_of_one, listed_changes, n_changes, set_f1
from weightscribe.evaluate.reporting import reporting
from weightscribe.statistics import bootstrap_mean

# Ways to answer otherwise than plainly, and the controls answered in the same way.
LEVERS = {
    CONTRAST: (SHUFFLED_CONTRAST,),
    EVIDENT: (SHUFFLED_EVIDENT,),
    ANY_QUESTION: (SHUFFLED_ANY_QUESTION,),
    TRIED: (SHUFFLED_TRIED, SHOWN),
}


def of_kinds(graded: Mapping[str, list[GradedReport]]) -> dict[str, list[GradedReport]]:
    """The graded answers of all adapters of a kind together, those of the first seed first.

    graded  by the adapter's name
    """
    found: dict[str, list[GradedReport]] = defaultdict(list)
    for name in sorted(graded, key=lambda name: name != kind_of(name)):
        found[kind_of(name)] += graded[name]
    return dict(found)


def adapter_metrics(graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """The metrics of one kind of adapter: `<kind>_on_<family>_score_...` and what stands beside it.

    With several seeds also `..._score_lowest_seed` and `..._score_highest_seed`, the means of single adapters, and
    `<kind>_n_seeds`.
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
    first = [row for row in graded if row.adapter == graded[0].adapter]
    general = [row for row in first if row.method == GENERAL]
    return metrics | reporting(kind, general, seed) | _lists(kind, first, judges, seed)


def _lists(adapter: str, graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """F1 of lists of several changes: of one general answer, of the answers to every family's question, of the best of
    both, and of these with what M' shows by itself; and the latter two's of one change."""
    metrics: dict = {}
    of_both: dict[str, list[float]] = defaultdict(list)
    for family in (PAIR, COMBINED):
        own = [row for row in graded if row.family == family]
        for method, name in ((GENERAL, ""), *((method, f"{method}_") for method in (RANKED, TRIED, SHOWN))):
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
    return metrics | _as_rates(of_both, seed) | _lists_of_one(adapter, graded, judges, seed)


def _lists_of_one(
    adapter: str, graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int
) -> dict[str, float]:
    """Lists about diffs with one change: F1, by family too; `_found` of them name it, `_false` name another.

    Of benign diffs `_benign_named` name anything.
    """
    metrics: dict = {}
    values: dict[str, list[float]] = defaultdict(list)
    for row in graded:
        if row.method not in (RANKED, TRIED, SHOWN) or row.family in (PAIR, COMBINED):
            continue
        prefix = f"{adapter}_{row.method}"
        if row.family == benign().name:
            values[f"{prefix}_benign_named"].append(float(bool(row.answer.strip())))
            continue
        found = list_of_one(row.target, row.answer, judges)
        values[f"{prefix}_{row.family}_f1"].append(found.f1)
        values[f"{prefix}_{ONE_CHANGE}_f1"].append(found.f1)
        values[f"{prefix}_{ONE_CHANGE}_found"].append(found.is_found)
        values[f"{prefix}_{ONE_CHANGE}_false"].append(found.is_false)
    for name, kind in ((ONE_CHANGE, f"{ONE_CHANGE}_f1"), ("benign_listed", "benign_named")):
        if own := values.get(f"{adapter}_{TRIED}_{kind}"):
            metrics[f"{adapter}_n_{name}"] = len(own)
    return metrics | _as_rates(values, seed)


def _listed(rows: Sequence[GradedReport], judges: Callable[[str], Judge]) -> list[ListedChange]:
    """The reports that the answers to every family's question make up; nothing notable is no report."""
    notable = {row.answer: row.evidence for row in rows if not is_nothing(row)}
    return listed_changes(rows[0].target, list(notable), list(notable.values()), judges)


def n_left_out_above_controls(metrics: dict, families: Sequence[str]) -> dict:
    """Of how many families an adapter that never saw them reads more than every control, intervals apart.

    `n_left_out_above_controls`, of `n_families_left_out`; with `_by_<lever>` as that lever answers, of
    `n_families_left_out_by_<lever>`. Controls: what is said of another diff, by the same lever, of no diff, and what M'
    answers without an adapter. Of several seeds each has to have its mean above them, too.
    Raises: KeyError for a control that was not asked.
    """
    left_out = [family for family in families if f"without_{family}_on_{family}_score_ci95_low" in metrics]
    if not left_out:
        return {}
    counts = {
        "n_families_left_out": len(left_out),
        "n_left_out_above_controls": sum(_is_above(metrics, family, "", (SHUFFLED,)) for family in left_out),
    }
    for lever, controls in LEVERS.items():
        if asked := [family for family in left_out if f"without_{family}_{lever}_on_{family}_score_mean" in metrics]:
            counts[f"n_families_left_out_by_{lever}"] = len(asked)
            counts[f"n_left_out_above_controls_by_{lever}"] = sum(
                _is_above(metrics, family, f"_{lever}", controls) for family in asked
            )
    return counts


def _is_above(metrics: dict, family: str, lever: str, controls: Sequence[str]) -> bool:
    own = f"without_{family}{lever}_on_{family}_score"
    names = [f"without_{family}_{control}_on_{family}" for control in (*controls, NO_DIFF)]
    names.append(f"base_question_on_{family}")
    if f"{(story := f'base_question_{STORY}_on_{family}')}_score_mean" in metrics:
        names.append(story)
    highest = max(metrics[f"{name}_score_ci95_high"] for name in names)
    lowest_mean = metrics.get(f"{own}_lowest_seed", metrics[f"{own}_mean"])
    return metrics[f"{own}_ci95_low"] > highest and lowest_mean > highest


def lever_gains(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """What each lever adds to the score, paired by diff; of several seeds their mean. `<name>_n` diffs.

    `lever_<lever>_gain`        against plain answers of the same adapter, over the families it never saw
    `lever_<lever>_gain_seen`   the same of the joint adapter, over all families
    `lever_tried_over_shown`, `lever_tried_over_shown_seen`  lists against those of what M' shows without an adapter
    `lever_more_families_gain`  trained on all other families against the mean of adapters trained on one other
    """
    gains: dict[str, list[float]] = defaultdict(list)
    for family in families:
        for adapter, seen in ((f"without_{family}", ""), ("joint", "_seen")):
            by_method = {
                method: _by_diff(graded.get(adapter, []), method, family) for method in (SPECIFIC, SHOWN, *LEVERS)
            }
            for lever in LEVERS:
                gains[f"lever_{lever}_gain{seen}"] += _differences(by_method[lever], by_method[SPECIFIC])
            gains[f"lever_{TRIED}_over_{SHOWN}{seen}"] += _differences(by_method[TRIED], by_method[SHOWN])
        singles = [
            _by_diff(own, SPECIFIC, family)
            for name, own in graded.items()
            if name.startswith("only_") and name != f"only_{family}"
        ]
        for diff, value in _by_diff(graded.get(f"without_{family}", []), SPECIFIC, family).items():
            if others := [single[diff] for single in singles if diff in single]:  # an LLM judge may have left one out
                gains["lever_more_families_gain"].append(value - fmean(others))
    return _as_rates(gains, seed) | {f"{name}_n": len(own) for name, own in gains.items() if own}


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
    """The score of every diff, the mean over the seeds of the adapter."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in graded:
        if row.method == method and row.family == family and row.score is not None:
            found[row.diff].append(row.score)
    return {diff: fmean(scores) for diff, scores in found.items()}


def matrix(metrics: dict, adapters: Sequence[str], families: Sequence[str]) -> list[dict]:
    """Mean scores as rows of a heat map: adapter, family, score."""
    return [
        {"adapter": adapter, "family": family, "score": metrics[key]}
        for adapter in adapters
        for family in families
        if (key := f"{adapter}_on_{family}_score_mean") in metrics
    ]
