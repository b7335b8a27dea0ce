"""Trainable LoRA factors in one parameter: of many weight diffs, or of one DIT adapter.

All factors of all n sets live in one flat float32 tensor (n, parameters per set). The optimizer sees a single
tensor; one cast and one split give the per-layer views, and their gradients come back in one concatenation.
Rows never mix: with an element-wise optimizer and a loss summed over weight diffs, training n diffs together
equals training each alone.
"""

import math
from collections.abc import Sequence

import torch
from torch import nn

from weightscribe.lora.factors import DITAdapter, Factors, StackedFactors, WeightDiff


class FactorBank(nn.Module):
    """n trainable sets of rank-r factors for the given linear layers, one set a seed, scaling = alpha / rank.

    lora_B starts at zero and lora_A uniform in +-init_scale / sqrt(in); init_scale 1 is PEFT's default (kaiming with
    a = sqrt(5)). A smaller scale lets the gradient rather than chance decide what lora_A listens to; upstream goes to
    zero and draws the other factor instead. Each set draws from its own seed; equal seeds give the shared
    initialization. Under Adam the scaling multiplies lora_B's effective learning rate and leaves lora_A's alone, the
    ratio of LoRA+ (arXiv 2402.12354).
    """

    def __init__(
        self,
        linears: dict[str, nn.Linear],
        rank: int,
        alpha: float,
        seeds: Sequence[int],
        init_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.scaling, self._init_scale = alpha / rank, init_scale
        self._shapes = [
            (name, (rank, linear.in_features), (linear.out_features, rank)) for name, linear in linears.items()
        ]
        self._sizes = [math.prod(shape) for _, *pair in self._shapes for shape in pair]
        self.flat = nn.Parameter(torch.stack([self._initial(seed) for seed in seeds]))

    def stacked(self, dtype: torch.dtype) -> StackedFactors:
        """Per-layer factors of all n sets in `dtype`, scaling folded in, connected to `flat` for autograd."""
        pieces = iter(self.flat.to(dtype).split(self._sizes, dim=1))
        n = self.flat.shape[0]
        return {
            name: Factors(next(pieces).view(n, *shape_A), self._scaled(next(pieces).view(n, *shape_B)))
            for name, shape_A, shape_B in self._shapes
        }

    def weight_diff(self, index: int, name: str) -> WeightDiff:
        """A detached float32 copy of one set as a weight diff."""
        return WeightDiff(name, self._detached(index))

    def dit_adapter(self) -> DITAdapter:
        """A detached float32 copy of the first set as a DIT adapter."""
        return DITAdapter(self._detached(0))

    def _detached(self, index: int) -> dict[str, Factors]:
        pieces = iter(self.flat[index].detach().clone().split(self._sizes))
        return {
            layer: Factors(next(pieces).view(shape_A), self._scaled(next(pieces).view(shape_B)))
            for layer, shape_A, shape_B in self._shapes
        }

    def _scaled(self, lora_B: torch.Tensor) -> torch.Tensor:
        return lora_B if self.scaling == 1 else lora_B * self.scaling

    def _initial(self, seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        pieces = []
        for _, shape_A, shape_B in self._shapes:
            lora_A = torch.empty(shape_A)
            nn.init.kaiming_uniform_(lora_A, a=math.sqrt(5), generator=generator)
            pieces += [lora_A.flatten() * self._init_scale, torch.zeros(math.prod(shape_B))]
        return torch.cat(pieces)
