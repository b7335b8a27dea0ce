"""Weight diffs changed at random while a DIT adapter trains on them, so that it reads diffs unlike those it has.

Diffs in the wild are stronger or weaker, spread otherwise over the layers, and of higher ranks: much of such a diff
does nothing that shows. Each row's diff is scaled and, in some rows, gets a random diff added. What the row should
answer stays the same.
"""

import math
import random
from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

from weightscribe.errors import ParamsError
from weightscribe.lora.factors import Factors, WeightDiff, frobenius_norm
from weightscribe.params import check_at_least, check_positive


@dataclass(frozen=True)
class Augmentation:
    """How diffs are changed; 1, 1, 1 and 0 leave them as they are.

    multiplier_low, multiplier_high  a row's diff is scaled by a factor between them, uniform in its logarithm
    layer_spread  each layer of it is scaled once more, by a factor between 1 / layer_spread and layer_spread
    noise_share  of the rows get a Gaussian diff added, up to noise_norm times the diff's Frobenius norm in every layer
    noise_ranks  its rank is one of them
    """

    multiplier_low: float
    multiplier_high: float
    layer_spread: float
    noise_share: float
    noise_norm: float
    noise_ranks: tuple[int, ...]

    def __post_init__(self) -> None:
        """Raises: ParamsError for factors, shares or ranks that are none."""
        check_positive(self, "multiplier_low", "multiplier_high")
        check_at_least(self, 1, "layer_spread")
        check_at_least(self, 0, "noise_share", "noise_norm")
        if self.multiplier_low > self.multiplier_high:
            raise ParamsError(
                f"multiplier_low is {self.multiplier_low}, above multiplier_high, {self.multiplier_high}. Swap them."
            )
        if self.noise_share > 1:
            raise ParamsError(f"noise_share is {self.noise_share}. Use 0 to 1.")
        if self.noise_share and not (self.noise_ranks and min(self.noise_ranks) >= 1):
            raise ParamsError(f"noise_ranks is {list(self.noise_ranks)}. Use ranks of 1 or more, or noise_share 0.")


class Augmenter:
    """Changes one diff after the other; the seed and their order decide how."""

    def __init__(self, augmentation: Augmentation, seed: int) -> None:
        self._how = augmentation
        self._rng = random.Random(f"augmentation-{seed}")
        self._generator = torch.Generator().manual_seed(seed)
        self._norms: dict[str, dict[str, Tensor]] = {}  # of the layers of every diff seen

    def __call__(self, diff: WeightDiff | None) -> WeightDiff | None:
        """The diff changed; None stays None."""
        if diff is None:
            return None
        multiplier = self._log_uniform(self._how.multiplier_low, self._how.multiplier_high)
        spread = self._how.layer_spread
        strengths = {layer: multiplier * self._log_uniform(1 / spread, spread) for layer in diff.factors}
        noise_rank, noise_norm = 0, 0.0
        if self._rng.random() < self._how.noise_share:
            noise_rank = self._rng.choice(self._how.noise_ranks)
            noise_norm = multiplier * self._rng.uniform(0, self._how.noise_norm)
        changed: dict[str, Factors] = {}
        for layers in _of_one_shape(diff):  # at once: one after the other takes 1.4 times as long
            lora_A = torch.stack([diff.factors[layer].lora_A for layer in layers])
            lora_B = torch.stack([diff.factors[layer].lora_B for layer in layers])
            lora_B *= torch.tensor([strengths[layer] for layer in layers])[:, None, None]
            if noise_rank:
                noise = self._noise(diff, layers, noise_rank, noise_norm)
                lora_A, lora_B = torch.cat([lora_A, noise.lora_A], dim=1), torch.cat([lora_B, noise.lora_B], dim=2)
            changed.update(zip(layers, map(Factors, lora_A, lora_B), strict=True))
        return WeightDiff(diff.name, changed)

    def _log_uniform(self, low: float, high: float) -> float:
        return math.exp(self._rng.uniform(math.log(low), math.log(high)))

    def _noise(self, diff: WeightDiff, layers: list[str], rank: int, relative_norm: float) -> Factors:
        """Gaussian factors side by side, with `relative_norm` times the diff's norm in each of these layers."""
        norms, (lora_A, lora_B) = self._norms_of(diff), diff.factors[layers[0]]
        drawn_A = torch.randn(len(layers), rank, lora_A.shape[1], generator=self._generator)
        drawn_B = torch.randn(len(layers), lora_B.shape[0], rank, generator=self._generator)
        wanted = relative_norm * torch.stack([norms[layer] for layer in layers])
        drawn_B *= (wanted / torch.vmap(frobenius_norm)(Factors(drawn_A, drawn_B)))[:, None, None]
        return Factors(drawn_A, drawn_B)

    def _norms_of(self, diff: WeightDiff) -> dict[str, Tensor]:
        if diff.name not in self._norms:
            self._norms[diff.name] = {layer: frobenius_norm(own) for layer, own in diff.factors.items()}
        return self._norms[diff.name]


def _of_one_shape(diff: WeightDiff) -> list[list[str]]:
    """The diff's layers, those whose factors have the same shape together."""
    by_shape = defaultdict(list)
    for layer, own in diff.factors.items():
        by_shape[own.lora_A.shape, own.lora_B.shape].append(layer)
    return list(by_shape.values())
