"""Weight diffs changed at random while a DIT adapter trains on them, so that it reads diffs unlike those it has.

Diffs in the wild are stronger or weaker, and of higher ranks: much of such a diff does nothing that shows. Each row's
diff is scaled by a factor and, in some rows, gets a random diff added. What the row should answer stays the same.
"""

import math
import random
from dataclasses import dataclass

import torch

from weightscribe.lora.factors import WeightDiff, random_diff, scaled, sum_of


@dataclass(frozen=True)
class Augmentation:
    """How diffs are changed; 1, 1 and 0 leave them as they are.

    multiplier_low, multiplier_high  a row's diff is scaled by a factor between them, uniform in its logarithm
    noise_share  of the rows get a Gaussian diff added, up to noise_norm times the diff's Frobenius norm in every layer
    noise_ranks  its rank is one of them
    """

    multiplier_low: float
    multiplier_high: float
    noise_share: float
    noise_norm: float
    noise_ranks: tuple[int, ...]


class Augmenter:
    """Changes one diff after the other; the seed and their order decide how."""

    def __init__(self, augmentation: Augmentation, seed: int) -> None:
        self._how = augmentation
        self._rng = random.Random(f"augmentation-{seed}")
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, diff: WeightDiff | None) -> WeightDiff | None:
        """The diff changed; None stays None."""
        if diff is None:
            return None
        if self._rng.random() < self._how.noise_share:
            rank = self._rng.choice(self._how.noise_ranks)
            relative_norm = self._rng.uniform(0, self._how.noise_norm)
            diff = sum_of([diff, random_diff(diff, rank, relative_norm, self._generator)])
        low, high = math.log(self._how.multiplier_low), math.log(self._how.multiplier_high)
        return scaled(diff, math.exp(self._rng.uniform(low, high)))
