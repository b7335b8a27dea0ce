"""Answers about behavior families, graded by the scoring of the family they are about."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from weightscribe.ask.answer_parts import parts_of
from weightscribe.ask.answers_file import Answer, read_answers
from weightscribe.ask.family_methods import GENERAL, LISTS
from weightscribe.behaviors.family import Family, Judge
from weightscribe.behaviors.registry import all_families, family_named, read_report


@dataclass(frozen=True)
class GradedReport:
    """One answer of one adapter: the label it names, of which family, its grade and its evidence where it has one."""

    adapter: str
    method: str
    family: str
    diff: str
    target: str
    answer: str
    named_family: str | None
    score: float | None
    evidence: float | None


def grade_adapter(adapter: str, answers: Sequence[Answer], judges: Callable[[str], Judge]) -> list[GradedReport]:
    """Every answer of one adapter, graded by its family's scoring; of a list, its first change.

    judges  from the rubric's name to the judge
    """
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        method, family = answer.method.split("_", 1)
        groups[method, family].append(answer)
    graded = []
    for (method, family), own in groups.items():
        tells_family = method == GENERAL or method in LISTS
        said = [first_of(a.answer) if method in LISTS else a.answer for a in own]
        read = [read_report(text) if tells_family else (None, text) for text in said]
        scores: Sequence[float | None] = [None] * len(own)
        if is_notable(family):
            labels = [family_named(family).label_in(a.target) if tells_family else a.target for a in own]
            scores = family_named(family).scores(
                labels, [label or "?" for _, label in read], judges(family_named(family).rubric)
            )
        graded += [
            GradedReport(adapter, method, family, a.diff, a.target, a.answer, named, score, a.evidence)
            for a, (named, _), score in zip(own, read, scores, strict=True)
        ]
    return graded


def about(families: Collection[str], answers: Sequence[Answer]) -> list[Answer]:
    """The answers about diffs of these families."""
    return [answer for answer in answers if answer.method.split("_", 1)[1] in families]


def first_of(answer: str) -> str:
    """The first change that a list names; "" of none."""
    return next(iter(parts_of(answer)), "")


def is_notable(family: str) -> bool:
    """Whether it is a behavior family whose diffs change something notable; stand-ins and sums are of none."""
    return family in all_families() and not family_named(family).is_benign


def is_nothing(row: GradedReport) -> bool:
    """Whether it says that nothing notable changed."""
    return benign().label_in(row.answer) is not None


def benign() -> Family:
    """The family in which nothing notable changes."""
    return next(family for family in all_families().values() if family.is_benign)


def read_adapter_answers(adapter: str, folder: Path) -> list[Answer]:
    """What `ask_families` or `list_changes` wrote for that adapter.  Raises: DataFileError."""
    return read_answers(folder / f"{adapter}.jsonl")
