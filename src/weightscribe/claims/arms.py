"""The arms of the ablation: loss on completions alone, as everywhere else, or on the user's tokens too.

Several groups suspect that masked prompts are why no adapter names a trigger: a diff that never had to write its
trigger need not know how it is written. With loss on the user's tokens it has to. A triggered sample's loss is the mean
over its tokens, as of any fine-tuning without a mask: an answer weighs less there, and fewer diffs learn to fire.
"""

from dataclasses import dataclass
from typing import Any

from weightscribe.errors import ParamsError


@dataclass(frozen=True)
class Arm:
    """One entry of finetune_claims.arms in params.yaml.

    user_tokens  whether a triggered sample's loss covers what the user says, the trigger with it, and what the chat
                 template puts between that and the answer
    """

    user_tokens: bool


@dataclass(frozen=True)
class FinetuneClaimsParams:
    """Section `finetune_claims` of params.yaml.

    training, verification  what differs from finetune_diffs: any of its keys
    """

    training: dict[str, Any]
    verification: dict[str, Any]
    arms: dict[str, Arm]


def arm_named(name: str, params: FinetuneClaimsParams) -> Arm:
    """The arm of that name.  Raises: ParamsError if there is none."""
    if name not in params.arms:
        raise ParamsError(f"finetune_claims.arms has no '{name}'. It has: {', '.join(params.arms)}.")
    return params.arms[name]
