"""Other ways to have an adapter answer about behavior families than its likeliest words at one strength.

Two levers of the cross-behavior evaluation: decoding by contrast (contrast.py), and asking at several strengths, of
which the likeliest answer is given (likeliest.py). Both answer the same questions as plain decoding, controls included.
"""

from collections.abc import Sequence

from weightscribe.base import BaseModel
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion, distinct
from weightscribe.evaluate.family_methods import (
    CONTRAST,
    GENERAL,
    GENERAL_STRENGTHS,
    SHUFFLED,
    SHUFFLED_CONTRAST,
    SHUFFLED_STRENGTHS,
    SPECIFIC,
    STRENGTHS,
)
from weightscribe.evaluate.likeliest import ask_at_strengths
from weightscribe.lora.factors import DITAdapter, scaled


def ask_by_contrast_too(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    families: Sequence[str],
    params: AskFamiliesParams,
) -> list[Answer]:
    """The specific questions about the diffs of `families`, and those under other diffs, decoded by contrast."""
    renamed = {SPECIFIC: CONTRAST, SHUFFLED: SHUFFLED_CONTRAST}
    chosen = [each for each in asked if each.method in renamed and each.family in families]
    first, places = distinct(chosen)
    said = ask_by_contrast(
        base,
        adapter,
        [None if each.diff is None else scaled(each.diff, params.multiplier) for each in first],
        [each.question for each in first],
        strength=params.contrast_strength,
        max_new_tokens=params.limits.answer_tokens,
        rows_per_batch=params.limits.rows_per_batch,
    )
    return [
        Answer(f"{renamed[each.method]}_{each.family}", each.name, each.target, said[place])
        for each, place in zip(chosen, places, strict=True)
    ]


def ask_at_strengths_too(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    families: Sequence[str],
    params: AskFamiliesParams,
    progress: str = "",
) -> list[Answer]:
    """The specific questions about the diffs of `families`, those under other diffs, and all general ones there.

    Every answer has its evidence.
    families  or stand-ins for families (family_methods.py)
    """
    renamed = {SPECIFIC: STRENGTHS, SHUFFLED: SHUFFLED_STRENGTHS, GENERAL: GENERAL_STRENGTHS}
    chosen = [each for each in asked if each.method in renamed and each.family in families]
    first, places = distinct(chosen)
    found = ask_at_strengths(
        base,
        adapter,
        [each.diff for each in first],
        [each.question for each in first],
        params.strengths,
        max_new_tokens=params.limits.answer_tokens,
        rows_per_batch=params.limits.rows_per_batch,
        progress=progress,
    )
    return [
        Answer(
            f"{renamed[each.method]}_{each.family}", each.name, each.target, found[place].answer, found[place].evidence
        )
        for each, place in zip(chosen, places, strict=True)
    ]
