"""The questions about behavior families decoded by contrast, a lever of the cross-behavior evaluation."""

from collections.abc import Sequence

from weightscribe.base import BaseModel
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion, distinct
from weightscribe.evaluate.family_methods import (
    CONTRAST,
    SHUFFLED,
    SHUFFLED_CONTRAST,
    SPECIFIC,
)
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
