"""Answers that list several changes, scored as sets; lists put together from answers to every family's question.

An auditor who does not know what changed asks every family's question and keeps the answers whose evidence is above a
threshold. It is chosen on one half of the weight diffs for the best F1 there, and judged on the other, both ways round.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from weightscribe.ask.answer_parts import parts_of
from weightscribe.behaviors.family import SEPARATOR, Judge
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.evaluate.specificity import halves

RIGHT = 4.0  # a listed change of this grade or better counts as found


@dataclass(frozen=True)
class ListedChange:
    """One report of a list: which of the true changes it would be right about, and its evidence."""

    right_about: frozenset[int]
    evidence: float | None


def listed_changes(
    target: str, reports: Sequence[str], evidence: Sequence[float | None], judges: Callable[[str], Judge]
) -> list[ListedChange]:
    """The reports of one list, judged. A report is right about a change of its family that it grades RIGHT on.

    target  the true changes, with SEPARATOR between them; their number is `n_changes`
    """
    wanted, said = [read_report(part) for part in target.split(SEPARATOR)], [read_report(text) for text in reports]
    right: list[set[int]] = [set() for _ in said]
    for number, (family, label) in enumerate(wanted):
        places = [place for place, (named, _) in enumerate(said) if named == family]
        if family is None or not places:
            continue
        scores = family_named(family).scores(
            [label] * len(places), [said[place][1] or "?" for place in places], judges(family_named(family).rubric)
        )
        for place, score in zip(places, scores, strict=True):
            if score is not None and score >= RIGHT:
                right[place].add(number)
    return [ListedChange(frozenset(of), value) for of, value in zip(right, evidence, strict=True)]


def n_changes(target: str) -> int:
    return len(target.split(SEPARATOR))


def f1(n_wanted: int, listed: Sequence[ListedChange]) -> float:
    """F1 of the reports: each true change is found once, each report finds one."""
    found: set[int] = set()
    for change in listed:
        found |= set(sorted(change.right_about - found)[:1])
    return 2 * len(found) / (n_wanted + len(listed)) if found else 0.0


def set_f1(target: str, answer: str, judges: Callable[[str], Judge]) -> float:
    """F1 of an answer that lists changes; what it lists twice counts once."""
    reports = parts_of(answer)
    return f1(n_changes(target), listed_changes(target, reports, [None] * len(reports), judges))


@dataclass(frozen=True)
class ListOfOne:
    """What a list says of a weight diff with one change: whether it names that, and whether it names another."""

    f1: float
    is_found: bool
    is_false: bool


def list_of_one(target: str, answer: str, judges: Callable[[str], Judge]) -> ListOfOne:
    """The list `answer`, judged; an empty one names nothing."""
    reports = parts_of(answer)
    listed = listed_changes(target, reports, [None] * len(reports), judges)
    right = [bool(change.right_about) for change in listed]
    return ListOfOne(f1(1, listed), any(right), not all(right))


def checklist_f1s(lists: dict[str, tuple[int, list[ListedChange]]], seed: int) -> dict[str, float]:
    """F1 of every list by its weight diff's name, kept to the reports above the other half's best threshold.

    lists  by the diff's name: how many changes there are, and what was reported
    """
    result = {}
    one, other = halves(lists, seed)
    for chosen_on, judged in ((one, other), (other, one)):
        threshold = _best_threshold([lists[name] for name in chosen_on])
        result |= {name: _above(*lists[name], threshold) for name in judged}
    return result


def _best_threshold(lists: Sequence[tuple[int, list[ListedChange]]]) -> float:
    candidates = sorted({0.0} | {change.evidence or 0.0 for _, listed in lists for change in listed})
    return max(candidates, key=lambda least: fmean(_above(n, listed, least) for n, listed in lists) if lists else 0.0)


def _above(n_wanted: int, listed: Sequence[ListedChange], threshold: float) -> float:
    return f1(n_wanted, [change for change in listed if (change.evidence or 0.0) > threshold])
