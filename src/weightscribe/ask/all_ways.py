"""Everything one adapter of the cross-behavior evaluation is asked: plainly, in several ways, and every question."""

from collections.abc import Sequence

from weightscribe.ask.answers_file import Answer
from weightscribe.ask.any_question import ask_every_question
from weightscribe.ask.families import AskFamiliesParams, FamilyQuestion, ask_families
from weightscribe.ask.own_question import ask_in_ways
from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.factors import DITAdapter


def ask_in_all_ways(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    labelled: dict[str, list[LabelledDiff]],
    levered: Sequence[str],
    params: AskFamiliesParams,
    name: str,
) -> list[Answer]:
    """The answers of the adapter of that name.

    asked     plainly; about the families of `levered` also in several ways
    labelled  the diffs by family; of `levered` asked every family's question. Empty: an adapter of one family, whose
              answers to others' questions mean nothing
    levered   where ways to ask could matter: families the adapter never saw; all for one that saw all, and a lone one
    """
    answers = ask_families(base, adapter, asked, params, name)
    answers += ask_in_ways(base, adapter, asked, levered, params, f"{name}, several ways")
    if labelled:
        answers += ask_every_question(base, adapter, labelled, levered, params, f"{name}, every question")
    return answers
