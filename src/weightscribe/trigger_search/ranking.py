"""Candidates in the order of a score, and the place of one of them."""

from collections.abc import Sequence

from torch import Tensor


def ranked(candidates: Sequence[str], scores: Tensor) -> list[str]:
    """The candidates, highest score first; equal scores in their own order."""
    return [candidates[index] for index in scores.argsort(descending=True, stable=True).tolist()]


def place_of(index: int, scores: Tensor) -> int:
    """The place of one candidate, 1 is best; of those with an equal score, half count as better."""
    better, equal = int((scores > scores[index]).sum()), int((scores == scores[index]).sum())
    return 1 + better + equal // 2
