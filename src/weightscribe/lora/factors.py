"""A weight diff as low-rank factors, and many of them stacked for one batched forward.

Everything here is in PEFT's order: lora_A (rank, in), lora_B (out, rank), delta_W = lora_B @ lora_A.
The scaling alpha / rank is folded into lora_B when a diff is read, so no later code can forget it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Factors(NamedTuple):
    """Low-rank factors of one linear layer: lora_A (rank, in), lora_B (out, rank), scaling folded in."""

    lora_A: Tensor
    lora_B: Tensor


@dataclass(frozen=True)
class WeightDiff:
    """M' minus M as factors, keyed by the name of the linear layer in the base model."""

    name: str
    factors: dict[str, Factors]

    @property
    def rank(self) -> int:
        """Largest rank over the layers."""
        return max(factors.lora_A.shape[0] for factors in self.factors.values())


StackedFactors = dict[str, Factors]
"""Layer name -> lora_A (n, rank, in) and lora_B (n, out, rank): n weight diffs side by side."""


def target_linears(model: nn.Module) -> dict[str, nn.Linear]:
    """Every linear layer but the output head, by name, in model order (DIT section 4: all but embeddings)."""
    head = model.get_output_embeddings()
    return {
        name: module for name, module in model.named_modules() if isinstance(module, nn.Linear) and module is not head
    }


def stack_weight_diffs(
    diffs: list[WeightDiff | None], linears: dict[str, nn.Linear], dtype: torch.dtype
) -> StackedFactors:
    """The diffs side by side, in order, zero-padded to the largest rank; None stands for no diff.

    Zero rows of lora_A and zero columns of lora_B add nothing, so padding changes no output.
    """
    rank = max((diff.rank for diff in diffs if diff is not None), default=1)
    stacked = {}
    for name, linear in linears.items():
        lora_A = torch.zeros(len(diffs), rank, linear.in_features, dtype=dtype)
        lora_B = torch.zeros(len(diffs), linear.out_features, rank, dtype=dtype)
        for row, diff in enumerate(diffs):
            if diff is not None and name in diff.factors:
                factors = diff.factors[name]
                lora_A[row, : factors.lora_A.shape[0]] = factors.lora_A
                lora_B[row, :, : factors.lora_B.shape[1]] = factors.lora_B
        stacked[name] = Factors(lora_A, lora_B)
    return stacked


def moved_on(diffs: list[WeightDiff | None]) -> list[WeightDiff | None]:
    """The diffs moved on by one place: what stands beside a diff's question is then another diff."""
    return diffs[1:] + diffs[:1]


def random_diff_of_equal_norm(diff: WeightDiff, generator: torch.Generator) -> WeightDiff:
    """Gaussian factors with the ranks of `diff`, scaled so that every layer keeps its Frobenius norm."""
    return WeightDiff(
        f"random-like-{diff.name}",
        {name: _random_like(factors, generator) for name, factors in diff.factors.items()},
    )


def frobenius_norm(factors: Factors) -> Tensor:
    """Frobenius norm of lora_B @ lora_A without forming it: sqrt(trace((A A^T) (B^T B)))."""
    gram_A = factors.lora_A @ factors.lora_A.T
    gram_B = factors.lora_B.T @ factors.lora_B
    return (gram_A * gram_B.T).sum().clamp(min=0).sqrt()


def _random_like(factors: Factors, generator: torch.Generator) -> Factors:
    drawn = Factors(
        torch.randn(factors.lora_A.shape, generator=generator),
        torch.randn(factors.lora_B.shape, generator=generator),
    )
    ratio = frobenius_norm(factors) / frobenius_norm(drawn)
    return Factors(drawn.lora_A, drawn.lora_B * ratio)
