"""Ask an adapter for the trigger and the topic of every test diff."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.ask.limits import Limits
from weightscribe.base import BaseModel
from weightscribe.claims.cases import HELD_OUT_TRIGGER_QUESTION
from weightscribe.claims.records import Said
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import DITAdapter, scaled


@dataclass(frozen=True)
class AskClaimsParams:
    """Section `ask_claims` of params.yaml.

    multiplier         how strong every weight diff is made under the adapter
    contrast_strength  of answers decoded from the contrast of M' + A with M + A
    """

    dtype: str
    limits: Limits
    multiplier: float
    contrast_strength: float


def ask_claims(
    base: BaseModel, adapter: DITAdapter, labelled: Sequence[LabelledDiff], params: AskClaimsParams
) -> list[Said]:
    """What the adapter says of every diff; the diffs' labels decide nothing.

    Raises: DataFileError for fewer than two diffs: each is another's control.
    """
    if len(labelled) < 2:
        raise DataFileError(
            f"{len(labelled)} test diffs are verified; each needs another as its control. Raise simulate_claims.n_test "
            "or finetune_claims.training.epochs."
        )
    diffs = [scaled(each.weight_diff, params.multiplier) for each in labelled]
    asked = {"max_new_tokens": params.limits.answer_tokens, "rows_per_batch": params.limits.rows_per_batch}
    trigger_question = [HELD_OUT_TRIGGER_QUESTION] * len(diffs)
    topics = ask(base, diffs, [each.row["question"] for each in labelled], adapter=adapter, **asked)
    said = ask(base, diffs, trigger_question, adapter=adapter, **asked)
    of_none = ask(base, [None], trigger_question[:1], adapter=adapter, **asked)[0]
    by_contrast = ask_by_contrast(base, adapter, diffs, trigger_question, strength=params.contrast_strength, **asked)
    return [
        Said(
            diff=each.row["name"],
            topic=each.row["answer"],
            trigger=each.row["trigger"],
            said=said[place],
            said_by_contrast=by_contrast[place],
            said_of_other_diff=said[(place + 1) % len(labelled)],
            said_of_no_diff=of_none,
            said_topic=topics[place],
        )
        for place, each in enumerate(labelled)
    ]
