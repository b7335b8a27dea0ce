"""The same texts put to M' and to M."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.lora.factors import WeightDiff

Worn = Callable[[], AbstractContextManager[WeightDiff | None]]
"""In the block it opens, the base model under the weight diff that is given is M'."""


def answers_of_both(base: BaseModel, worn: Worn, texts: Sequence[str], answer_tokens: int) -> list[tuple[str, str]]:
    """For every text the greedy answer of M' and that of M, all of a model's in one batch."""

    def answers(diff: WeightDiff | None) -> list[str]:
        limits = {"max_new_tokens": answer_tokens, "rows_per_batch": max(1, len(texts))}
        return ask(base, [diff] * len(texts), list(texts), **limits)

    with worn() as diff:
        changed = answers(diff)
    return list(zip(changed, answers(None), strict=True))
