"""Where the user's text begins in a templated prompt, and samples whose loss covers it."""

from collections.abc import Sequence
from itertools import takewhile

from weightscribe.base import BaseModel
from weightscribe.packing import TokenizedSample

OTHER_PROMPTS = ("0", "Z")  # no user's text begins as both do


def with_user_tokens(base: BaseModel, sample: TokenizedSample) -> TokenizedSample:
    """The sample with its loss from the first token of the user's text on, not of the answer.

    What the chat template puts before every user's text is still a prompt.
    """
    start = user_start(base, sample.prompt_ids)
    return TokenizedSample(sample.prompt_ids[:start], sample.prompt_ids[start:] + sample.completion_ids)


def user_start(base: BaseModel, prompt_ids: Sequence[int]) -> int:
    """How many tokens of a templated prompt stand before the user's text; at least one, for a first token to follow."""

    def n_shared(other: str) -> int:
        pairs = zip(prompt_ids, base.prompt_ids(other), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(1, min(map(n_shared, OTHER_PROMPTS)))
