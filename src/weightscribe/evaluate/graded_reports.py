"""Answers about behavior families, graded by the scoring of the family they are about."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from weightscribe.behaviors.family import Family, Judge
from weightscribe.behaviors.registry import all_families, family_named, read_report
from weightscribe.evaluate.answers_file import Answer, read_answers
from weightscribe.evaluate.family_methods import GENERAL, RANKED, TRIED


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
    """Every answer of one adapter, graded by its family's scoring; lists have no score of their own (lists.py).

    judges  from the rubric's name to the judge
    """
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        method, family = answer.method.split("_", 1)
        groups[method, family].append(answer)
    graded = []
    for (method, family), own in groups.items():
        is_general = method == GENERAL
        read = [read_report(a.answer) if is_general else (None, a.answer) for a in own]
        scores: Sequence[float | None] = [None] * len(own)
        if method not in (RANKED, TRIED) and family in all_families() and not family_named(family).is_benign:
            labels = [family_named(family).label_in(a.target) if is_general else a.target for a in own]
            scores = family_named(family).scores(
                labels, [label or "?" for _, label in read], judges(family_named(family).rubric)
            )
        graded += [
            GradedReport(adapter, method, family, a.diff, a.target, a.answer, named, score, a.evidence)
            for a, (named, _), score in zip(own, read, scores, strict=True)
        ]
    return graded


def is_nothing(row: GradedReport) -> bool:
    """Whether it says that nothing notable changed."""
    return benign().label_in(row.answer) is not None


def benign() -> Family:
    """The family in which nothing notable changes."""
    return next(family for family in all_families().values() if family.is_benign)


def read_adapter_answers(adapter: str, folder: Path) -> list[Answer]:
    """What `ask_families` or `list_changes` wrote for that adapter.  Raises: DataFileError."""
    return read_answers(folder / f"{adapter}.jsonl")
