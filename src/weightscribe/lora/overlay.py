"""The overlay: a different weight diff on every row of a batch, the base weights untouched.

Forward hooks on the base model's linear layers add lora_B (lora_A x) of the row's diff. Hooks stay on the
original nn.Linear when PEFT wraps it, so a DIT adapter added by `get_peft_model` afterwards sits on top:
the row computes M_i + A. No dense lora_B @ lora_A is ever formed: the cost is two thin batched products.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from weightscribe.lora.factors import StackedFactors, target_linears


def overlay_output(output: Tensor, x: Tensor, lora_A: Tensor, lora_B: Tensor) -> Tensor:
    """A linear layer's output plus the low-rank term of each row's weight diff.

    Shapes: output (b, s, o), x (b, s, i), lora_A (n, r, i), lora_B (n, o, r) -> (b, s, o), where the b rows
    are n equal consecutive groups and group k runs diff k. Computed in x's dtype.
    """
    n_diffs = lora_A.shape[0]
    hidden = torch.bmm(x.reshape(n_diffs, -1, x.shape[-1]), lora_A.to(x.dtype).transpose(1, 2))
    term = torch.baddbmm(output.reshape(n_diffs, -1, output.shape[-1]), hidden, lora_B.to(x.dtype).transpose(1, 2))
    return term.reshape(output.shape)


class Overlay:
    """Hooks on every target linear of `model` that add stacked weight diffs while `rows` is open.

    Create it on the bare base model, before PEFT wraps it.
    """

    def __init__(self, model: nn.Module) -> None:
        self.linears = target_linears(model)
        self._stacked: StackedFactors | None = None
        self._handles = [linear.register_forward_hook(self._hook(name)) for name, linear in self.linears.items()]

    @contextmanager
    def rows(self, stacked: StackedFactors | None) -> Iterator[None]:
        """Run forwards with these diffs: one per row, or one per equal group of consecutive rows.

        None is the base model. Keep the block open until backward is done when activations are recomputed.
        """
        before, self._stacked = self._stacked, stacked
        try:
            yield
        finally:
            self._stacked = before

    def remove(self) -> None:
        """Take the hooks off; the model is as it was."""
        for handle in self._handles:
            handle.remove()

    def _hook(self, name: str):
        def add_row_diffs(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if self._stacked is None:
                return output
            return overlay_output(output, args[0], *self._stacked[name])

        return add_row_diffs
