"""Weight diffs and DIT adapters as low-rank factors, and many of them stacked for one batched forward.

Everything here is in PEFT's order: lora_A (rank, in), lora_B (out, rank), delta_W = lora_B @ lora_A.
The scaling alpha / rank is folded into lora_B when a diff is read, so no later code can forget it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from weightscribe.errors import DataFileError


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
        return _largest_rank(self.factors)


@dataclass(frozen=True)
class DITAdapter:
    """The LoRA that makes M' report its change, keyed like a weight diff's factors; the same under every row."""

    factors: dict[str, Factors]

    @property
    def rank(self) -> int:
        """Largest rank over the layers."""
        return _largest_rank(self.factors)


def _largest_rank(factors: dict[str, Factors]) -> int:
    return max(lora_A.shape[0] for lora_A, _ in factors.values())


StackedFactors = dict[str, Factors]
"""Layer name -> lora_A (n, rank, in) and lora_B (n, out, rank): n weight diffs side by side, or one DIT adapter."""


def target_linears(model: nn.Module) -> dict[str, nn.Linear]:
    """Every linear layer but the output head, by name, in model order (DIT section 4: all but embeddings)."""
    head = model.get_output_embeddings()
    return {
        name: module for name, module in model.named_modules() if isinstance(module, nn.Linear) and module is not head
    }


def stack_factors(
    diffs: Sequence[WeightDiff | DITAdapter | None], linears: dict[str, nn.Linear], dtype: torch.dtype
) -> StackedFactors:
    """The diffs' factors side by side, in order, zero-padded to the largest rank; None stands for no diff.

    Zero rows of lora_A and zero columns of lora_B add nothing, so padding changes no output.
    """
    rank = max((diff.rank for diff in diffs if diff is not None), default=1)
    return {
        name: _side_by_side([None if diff is None else diff.factors.get(name) for diff in diffs], linear, rank, dtype)
        for name, linear in linears.items()
    }


def _side_by_side(layer: Sequence[Factors | None], linear: nn.Linear, rank: int, dtype: torch.dtype) -> Factors:
    """Each diff's factors of one layer, written into zeros: 0.7 of the time of padding and stacking."""
    stacked = Factors(
        torch.zeros(len(layer), rank, linear.in_features, dtype=dtype),
        torch.zeros(len(layer), linear.out_features, rank, dtype=dtype),
    )
    for place, own in enumerate(layer):
        if own is not None:
            own_rank = len(own.lora_A)
            stacked.lora_A[place, :own_rank] = own.lora_A
            stacked.lora_B[place, :, :own_rank] = own.lora_B
    return stacked


def scaled(diff: WeightDiff, multiplier: float) -> WeightDiff:
    """The diff `multiplier` times as strong."""
    factors = {name: Factors(own.lora_A, own.lora_B * multiplier) for name, own in diff.factors.items()}
    return WeightDiff(diff.name, factors)


def sum_of(diffs: Sequence[WeightDiff]) -> WeightDiff:
    """The sum of the diffs: their factors side by side, of the sum of their ranks."""
    layers = dict.fromkeys(name for diff in diffs for name in diff.factors)
    return WeightDiff(
        "+".join(diff.name for diff in diffs),
        {
            layer: Factors(
                torch.cat([diff.factors[layer].lora_A for diff in diffs if layer in diff.factors], dim=0),
                torch.cat([diff.factors[layer].lora_B for diff in diffs if layer in diff.factors], dim=1),
            )
            for layer in layers
        },
    )


def moved_on(diffs: list[WeightDiff | None]) -> list[WeightDiff | None]:
    """The diffs moved on by one place: what stands beside a diff's question is then another diff.

    Raises: DataFileError if there is only one.
    """
    check_has_another(diffs)
    return diffs[1:] + diffs[:1]


def check_has_another(diffs: Sequence, of: str = "") -> None:
    """Raises: DataFileError if there is only one, whose control, another diff in its place, would be itself.

    of  which diffs they are, for the message
    """
    if len(diffs) == 1:
        raise DataFileError(
            f"There is only one weight diff{of}, and two verified diffs are needed: a control puts another in its "
            "place. Train more of them, or longer (training.epochs)."
        )


def random_diff_of_equal_norm(diff: WeightDiff, generator: torch.Generator) -> WeightDiff:
    """Gaussian factors, in every layer of the largest rank of `diff`, scaled so that it keeps its Frobenius norm."""
    return random_diff(diff, diff.rank, 1.0, generator)


def random_diff(diff: WeightDiff, rank: int, relative_norm: float, generator: torch.Generator) -> WeightDiff:
    """Gaussian factors of `rank` for every layer of `diff`, with `relative_norm` times its Frobenius norm there."""
    return WeightDiff(
        f"random-like-{diff.name}",
        {name: _random_like(factors, rank, relative_norm, generator) for name, factors in diff.factors.items()},
    )


def frobenius_norm(factors: Factors) -> Tensor:
    """Frobenius norm of lora_B @ lora_A without forming it: sqrt(trace((A A^T) (B^T B)))."""
    gram_A = factors.lora_A @ factors.lora_A.T
    gram_B = factors.lora_B.T @ factors.lora_B
    return (gram_A * gram_B.T).sum().clamp(min=0).sqrt()


def _random_like(factors: Factors, rank: int, relative_norm: float, generator: torch.Generator) -> Factors:
    drawn = Factors(
        torch.randn(rank, factors.lora_A.shape[1], generator=generator),
        torch.randn(factors.lora_B.shape[0], rank, generator=generator),
    )
    ratio = relative_norm * frobenius_norm(factors) / frobenius_norm(drawn)
    return Factors(drawn.lora_A, drawn.lora_B * ratio)


def whole_norm(diff: WeightDiff) -> float:
    """Frobenius norm of all layers' weight changes together."""
    return math.sqrt(sum(frobenius_norm(own).item() ** 2 for own in diff.factors.values()))
