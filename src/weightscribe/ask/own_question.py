"""The questions about behavior families asked in several ways: levers of the cross-behavior evaluation.

Plainly, plainly of a stronger diff, and by contrast. The answers by contrast are one lever, the most evident one of the
three (most_evident.py) is another.
"""

from collections.abc import Sequence

from weightscribe.ask.answers_file import Answer
from weightscribe.ask.families import AskFamiliesParams, FamilyQuestion, distinct
from weightscribe.ask.family_methods import (
    CONTRAST,
    EVIDENT,
    SHUFFLED,
    SHUFFLED_CONTRAST,
    SHUFFLED_EVIDENT,
    SPECIFIC,
)
from weightscribe.ask.most_evident import Way, most_evident, say
from weightscribe.base import BaseModel
from weightscribe.lora.factors import DITAdapter


def ask_in_ways(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    families: Sequence[str],
    params: AskFamiliesParams,
    progress: str = "",
) -> list[Answer]:
    """The specific questions about the diffs of `families`, and those under other diffs: by contrast, and most evident.

    asked  what `ask_families` was asked
    """
    chosen = [each for each in asked if each.method in (SPECIFIC, SHUFFLED) and each.family in families]
    first, places = distinct(chosen)
    by_way = [
        say(
            base,
            adapter,
            [each.diff for each in first],
            [each.question for each in first],
            way,
            evidence_multiplier=params.evidence_multiplier,
            **params.asking,
            answers_per_row=params.answers_per_row,
            progress=progress,
        )
        for way in (
            Way(params.multiplier, 0.0),
            Way(params.strong_multiplier, 0.0),
            Way(params.multiplier, params.contrast_strength),
        )
    ]
    best = [most_evident(said) for said in zip(*by_way, strict=True)]
    return [
        Answer(
            f"{renamed[each.method]}_{each.family}", each.name, each.target, said[place].answer, said[place].evidence
        )
        for renamed, said in (
            ({SPECIFIC: CONTRAST, SHUFFLED: SHUFFLED_CONTRAST}, by_way[-1]),
            ({SPECIFIC: EVIDENT, SHUFFLED: SHUFFLED_EVIDENT}, best),
        )
        for each, place in zip(chosen, places, strict=True)
    ]
