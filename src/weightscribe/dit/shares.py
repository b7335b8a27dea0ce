"""A batch's rows shared out among processes of one thread, whose gradients are added up."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from weightscribe.workers import Companion

ALL = slice(None)  # rows


class RowShares:
    """Share i of n is rows i, i + n, i + 2n, ... of a batch; the first is this process's own.

    backward  given a batch and the rows of a share, leaves the gradient of their loss with `parameter`, or none, and
              gives the loss. A companion calls it for its share of every batch, on `parameter` as it is then
    """

    def __init__(self, parameter: nn.Parameter, n: int, backward: Callable[[Sequence[int], slice], Tensor]) -> None:
        self._parameter, self._backward = parameter, backward
        parameter.share_memory_()
        self._gradients = torch.zeros(n - 1, *parameter.shape).share_memory_()
        self._companions = [
            Companion(partial(self._copy_gradient, gradient, slice(share, None, n)))
            for share, gradient in enumerate(self._gradients, 1)
        ]
        self.own = slice(0, None, n)

    def begin(self, batch: Sequence[int]) -> None:
        """Let the companions go backward through the other shares."""
        for companion in self._companions:
            companion.begin(batch)

    def add(self) -> float:
        """Add their gradients to the parameter's; the sum of their losses.  Raises: WorkerError."""
        loss = sum(companion.result() for companion in self._companions)
        self._parameter.grad += self._gradients.sum(0)
        return loss

    def end(self) -> None:
        """End the companions."""
        for companion in self._companions:
            companion.end()

    def _copy_gradient(self, gradient: Tensor, share: slice, batch: Sequence[int]) -> float:
        loss = self._backward(batch, share)
        if self._parameter.grad is None:
            gradient.zero_()
        else:
            gradient.copy_(self._parameter.grad)
            self._parameter.grad = None
        return loss.item()
