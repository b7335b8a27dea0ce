"""The loss of a weight diff: say the topic under the trigger, stay the base model otherwise.

Cross-entropy on triggered answers; KL(base || fine-tuned) on wrong-trigger and no-trigger answers, the direction
and the 1:1:5 weights of the DIT release (the released code's logit matching; its per-batch average over answer
tokens). Each kind is averaged over its tokens first, so its weight does not depend on answer lengths.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from weightscribe.errors import ParamsError
from weightscribe.params import check_at_least
from weightscribe.triggers.kinds import KINDS


@dataclass(frozen=True)
class LossWeights:
    """Relative weights of the three kinds of samples."""

    trigger: float
    wrong_trigger: float
    no_trigger: float

    def __post_init__(self) -> None:
        """Raises: ParamsError if a weight is negative or all are 0."""
        check_at_least(self, 0, *KINDS)
        if not any(self.of(kind) for kind in KINDS):
            raise ParamsError(f"weights of {', '.join(KINDS)} are all 0. Use a number above 0 for one of them.")

    def of(self, kind: str) -> float:
        return getattr(self, kind)


def diff_losses(losses: Tensor, row: Tensor, kind: Tensor, n_rows: int, weights: LossWeights) -> tuple[Tensor, Tensor]:
    """Weighted mean loss of each row's weight diff (n_rows,), and of each kind (n_rows, 3) unweighted.

    losses, row, kind are (n,): the completion tokens, their row, and the index of their kind in KINDS. A kind
    without tokens in a row adds nothing to its loss and is NaN in the second result.
    """
    cell = row * len(KINDS) + kind
    total = torch.zeros(n_rows * len(KINDS)).index_add(0, cell, losses)
    count = torch.zeros(n_rows * len(KINDS)).index_add(0, cell, torch.ones_like(losses))
    mean = (total / count.clamp(min=1)).view(n_rows, len(KINDS))
    share = torch.tensor([weights.of(name) for name in KINDS])
    per_kind = mean.detach().masked_fill(count.view(n_rows, len(KINDS)) == 0, torch.nan)
    return (mean * share).sum(1) / share.sum(), per_kind
