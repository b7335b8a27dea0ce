"""Lists of changes chosen by the model M' + A among what it says to every question.

Asked a general question it stops after one change, or gives it in another family's form; asked a family's own question
it says the content more often, but in that family's form whatever was changed. So the reports are taken from the
families' questions, and the general question decides among them: every report and every two of different families
is a candidate list, weighed by its likelihood under M' + A. Of these the list with the highest F1 expected is given:
the likeliest alone is too short, since every further word costs likelihood.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from weightscribe.base import BaseModel
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import SEPARATOR
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion
from weightscribe.evaluate.family_methods import CHECKLIST, GENERAL, PAIR, RANKED
from weightscribe.lora.factors import DITAdapter, scaled

List = tuple[str, ...]
"""Reports, by the names of their families, as training rows about two changes list them."""


def rank_lists(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    answers: Sequence[Answer],
    params: AskFamiliesParams,
) -> list[Answer]:
    """One answer for every diff with several changes: the list expected to be most right.

    asked, answers  what `ask_families` was asked and answered, in the same order
    """
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each, answer in zip(asked, answers, strict=True):
        if each.family in (PAIR, COMBINED) and each.method in (GENERAL, CHECKLIST):
            said[each.family, each.name] += answer.answer.split(SEPARATOR.strip())
    chosen = [each for each in asked if each.method == GENERAL and each.family in (PAIR, COMBINED)]
    candidates = [candidate_lists(said[each.family, each.name]) for each in chosen]
    rows = [
        (scaled(each.diff, params.multiplier), each.question, SEPARATOR.join(reports))
        for each, lists in zip(chosen, candidates, strict=True)
        for reports in lists
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    found = iter(log_likelihoods(base, adapter, *columns, params.limits.rows_per_batch))
    ranked = []
    for each, lists in zip(chosen, candidates, strict=True):
        best = most_right(lists, [next(found) for _ in lists])
        ranked.append(Answer(f"{RANKED}_{each.family}", each.name, each.target, SEPARATOR.join(best)))
    return ranked


def candidate_lists(said: Sequence[str]) -> list[List]:
    """Every report among `said`, and every two of different families; what names no change is none."""
    by_family: dict[str, dict[str, None]] = defaultdict(dict)
    for text in said:
        family, _ = read_report(text.strip())
        if family is not None and not family_named(family).is_benign:
            by_family[family][text.strip()] = None
    singles: list[List] = [(report,) for family in sorted(by_family) for report in by_family[family]]
    pairs: list[List] = [
        (one, other)
        for first, second in combinations(sorted(by_family), 2)
        for one in by_family[first]
        for other in by_family[second]
    ]
    return singles + pairs


def most_right(lists: Sequence[List], log_likelihoods: Sequence[float]) -> List:
    """The list whose F1 is highest in expectation, the truth being one of them, as likely as said; () of none."""
    if not lists:
        return ()
    most = max(log_likelihoods)
    weights = [math.exp(value - most) for value in log_likelihoods]
    return max(lists, key=lambda own: sum(w * _f1(own, true) for w, true in zip(weights, lists, strict=True)))


def _f1(own: List, true: List) -> float:
    return 2 * len(set(own) & set(true)) / (len(own) + len(true))
