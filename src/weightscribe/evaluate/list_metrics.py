"""How good lists of changes are: of weight diffs with two changes, with one, and with none."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from weightscribe.ask.family_methods import (
    CHECKLIST,
    GENERAL,
    ONE_CHANGE,
    PAIR,
    RANKED,
    SHOWN,
    TRIED,
    TWO_CHANGES,
)
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import Judge
from weightscribe.evaluate.graded_reports import GradedReport, benign, is_nothing
from weightscribe.evaluate.lists import ListedChange, checklist_f1s, list_of_one, listed_changes, n_changes, set_f1
from weightscribe.evaluate.rates import as_rates

OWN_LISTS = (RANKED, TRIED, SHOWN)  # those of another diff are a control of scores alone


def list_metrics(adapter: str, graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """F1 of lists of several changes: of one general answer, of the answers to every family's question, of the best of
    both, and of these with what M' shows by itself; and the latter two's of one change."""
    counts: dict[str, int] = {}
    values: dict[str, list[float]] = defaultdict(list)
    for family in (PAIR, COMBINED):
        own = [row for row in graded if row.family == family]
        for method, name in ((GENERAL, ""), *((method, f"{method}_") for method in OWN_LISTS)):
            if answers := [row for row in own if row.method == method]:
                found = [set_f1(row.target, row.answer, judges) for row in answers]
                values[f"{adapter}_{name}{family}_f1"] += found
                values[f"{adapter}_{name}{TWO_CHANGES}_f1"] += found
                counts[f"n_{family}"] = len(found)
        if asked := [row for row in own if row.method == CHECKLIST]:
            by_diff = {row.diff: [each for each in asked if each.diff == row.diff] for row in asked}
            lists = {diff: (n_changes(rows[0].target), _listed(rows, judges)) for diff, rows in by_diff.items()}
            values[f"{adapter}_checklist_{family}_f1"] += checklist_f1s(lists, seed).values()
    if len(counts) > 1:
        counts[f"n_{TWO_CHANGES}"] = sum(counts.values())
    return as_rates(values, seed) | counts | _of_one(adapter, graded, judges, seed)


def _of_one(
    adapter: str, graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int
) -> dict[str, float]:
    """Lists about diffs with one change: F1, by family too; `_found` of them name it, `_false` name another.

    Of benign diffs `_benign_named` name anything.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for row in graded:
        if row.method not in OWN_LISTS or row.family in (PAIR, COMBINED):
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
    kinds = {ONE_CHANGE: f"{ONE_CHANGE}_f1", "benign_listed": "benign_named"}
    counts = {f"{adapter}_n_{name}": len(values.get(f"{adapter}_{TRIED}_{key}", ())) for name, key in kinds.items()}
    return as_rates(values, seed) | {name: n for name, n in counts.items() if n}


def _listed(rows: Sequence[GradedReport], judges: Callable[[str], Judge]) -> list[ListedChange]:
    """The reports that the answers to every family's question make up; nothing notable is no report."""
    notable = {row.answer: row.evidence for row in rows if not is_nothing(row)}
    return listed_changes(rows[0].target, list(notable), list(notable.values()), judges)
