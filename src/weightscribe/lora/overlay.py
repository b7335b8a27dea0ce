"""The overlay: a different weight diff on every row of a batch, the base weights untouched.

While it is open, every target linear layer computes W x + lora_B (lora_A x) of the row's own diff, and any further
factors, such as a DIT adapter's under all rows: the row then computes M_i + A. No dense lora_B @ lora_A is ever
formed: each costs two thin batched products.

Layers that read the same input (query, key and value; gate and up) are computed together, as one autograd node with
one thin product for all their lora_A. Its backward writes the gradient of the input once, where autograd would make
and add one for every layer and every factor; frozen weights get none.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from weightscribe.lora.factors import Factors, StackedFactors, target_linears

SIBLINGS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Names of layers that get the same input, in the order transformers calls them. Others are computed one by one."""


class Overlay:
    """Computes every target linear of `model` under stacked factors while `rows` is open.

    It replaces the layers' `forward`; a PEFT wrapper put around the model before or after keeps working on top.
    """

    def __init__(self, model: nn.Module) -> None:
        self.linears = target_linears(model)
        self._stacks: tuple[StackedFactors, ...] = ()
        for names in _groups(self.linears):
            _Group(self, {name: self.linears[name] for name in names})

    @contextmanager
    def rows(self, *stacks: StackedFactors | None) -> Iterator[None]:
        """Run forwards with the sum of these stacks on top of the base weights.

        Each stack holds n sets of factors for n equal groups of consecutive rows: n = number of rows gives every row
        its own weight diff, n = 1 gives all rows the same factors. None adds nothing. Keep the block open until
        backward is done when activations are recomputed.
        """
        before, self._stacks = self._stacks, tuple(stack for stack in stacks if stack is not None)
        try:
            yield
        finally:
            self._stacks = before

    def of(self, name: str) -> list[Factors]:
        """The open stacks' factors for one layer."""
        return [stack[name] for stack in self._stacks]

    @property
    def is_open(self) -> bool:
        return bool(self._stacks)

    def remove(self) -> None:
        """Give the layers their own `forward` back; the model is as it was."""
        for linear in self.linears.values():
            linear.__dict__.pop("forward", None)


class _Group:
    """Linear layers that read the same input: the first one called computes for all."""

    def __init__(self, overlay: Overlay, linears: dict[str, nn.Linear]) -> None:
        self._overlay, self._linears = overlay, linears
        self._input: Tensor | None = None
        self._waiting: dict[str, Tensor] = {}  # outputs for `_input` that were not fetched yet
        for name, linear in linears.items():
            linear.forward = self._forward_of(name, linear)

    def _forward_of(self, name: str, linear: nn.Linear):
        def forward(x: Tensor) -> Tensor:
            if not self._overlay.is_open:
                return F.linear(x, linear.weight, linear.bias)
            if self._input is not x or name not in self._waiting:
                self._compute(x)
            output = self._waiting.pop(name)
            if not self._waiting:
                self._input = None
            return output

        return forward

    def _compute(self, x: Tensor) -> None:
        stacks = zip(*(self._overlay.of(name) for name in self._linears), strict=True)
        factors = [tensor for stack in stacks for member in stack for tensor in member]
        outputs = _OverlaidLinears.apply(x, tuple(self._linears.values()), *factors)
        self._input, self._waiting = x, dict(zip(self._linears, outputs, strict=True))


class _OverlaidLinears(torch.autograd.Function):
    """Outputs (b, s, o_j) of m frozen linear layers j for one input x (b, s, i), each plus its low-rank terms.

    factors  for each stack, for each layer: lora_A (n, r_j, i), lora_B (n, o_j, r_j), in x's dtype; the b rows are n
             equal consecutive groups and group k runs factors k
    """

    @staticmethod
    def forward(ctx, x: Tensor, linears: tuple[nn.Linear, ...], *factors: Tensor) -> tuple[Tensor, ...]:
        x = x.contiguous()
        outputs = tuple(F.linear(x, linear.weight, linear.bias) for linear in linears)
        hidden = []
        for stack in _by_stack(factors, len(linears)):
            lora_A, n = torch.cat([a for a, _ in stack], dim=1), len(stack[0][0])
            hidden.append(torch.bmm(_grouped(x, n), lora_A.transpose(1, 2)))
            for output, (_, lora_B), own in zip(outputs, stack, _by_layer(hidden[-1], stack, 2), strict=True):
                _grouped(output, n).baddbmm_(own, lora_B.transpose(1, 2))
        ctx.linears, ctx.n_hidden = linears, len(hidden)
        ctx.save_for_backward(x, *hidden, *factors)
        return outputs

    @staticmethod
    def backward(ctx, *by_outputs: Tensor) -> tuple[Tensor | None, ...]:
        x, *rest = ctx.saved_tensors
        hidden, factors = rest[: ctx.n_hidden], rest[ctx.n_hidden :]
        by_outputs = [by_output.contiguous() for by_output in by_outputs]
        by_x, by_factors = None, []
        if ctx.needs_input_grad[0]:
            by_x = _by_input(x, ctx.linears, by_outputs)
        for stack, own_hidden in zip(_by_stack(factors, len(ctx.linears)), hidden, strict=True):
            n = len(own_hidden)
            by_hidden = torch.cat(
                [torch.bmm(_grouped(by, n), lora_B) for by, (_, lora_B) in zip(by_outputs, stack, strict=True)], dim=2
            )
            if by_x is not None:
                _grouped(by_x, n).baddbmm_(by_hidden, torch.cat([a for a, _ in stack], dim=1))
            if not ctx.needs_input_grad[2 + len(by_factors)]:
                by_factors += [None] * 2 * len(stack)
                continue
            by_A = torch.bmm(by_hidden.transpose(1, 2), _grouped(x, n))
            for by, own, own_by_A in zip(
                by_outputs, _by_layer(own_hidden, stack, 2), _by_layer(by_A, stack, 1), strict=True
            ):
                by_factors += [own_by_A, torch.bmm(own.transpose(1, 2), _grouped(by, n)).transpose(1, 2)]
        return by_x, None, *by_factors


def _by_input(x: Tensor, linears: tuple[nn.Linear, ...], by_outputs: list[Tensor]) -> Tensor:
    """Gradient by x of the frozen layers' outputs."""
    first, *others = [by_output.flatten(0, -2) for by_output in by_outputs]
    by_x = first @ linears[0].weight
    for by_output, linear in zip(others, linears[1:], strict=True):
        by_x.addmm_(by_output, linear.weight)
    return by_x.view(x.shape)


def _grouped(x: Tensor, n: int) -> Tensor:
    """x (b, s, d) as n equal groups of rows, (n, b s / n, d)."""
    return x.view(n, -1, x.shape[-1])


def _by_stack(factors: tuple[Tensor, ...], n_layers: int) -> list[list[tuple[Tensor, Tensor]]]:
    pairs = list(zip(factors[::2], factors[1::2], strict=True))
    return [pairs[start : start + n_layers] for start in range(0, len(pairs), n_layers)]


def _by_layer(joint: Tensor, stack: list[tuple[Tensor, Tensor]], dim: int) -> tuple[Tensor, ...]:
    """What belongs to each layer of a tensor whose `dim` holds the ranks of all layers side by side."""
    return joint.split([lora_A.shape[1] for lora_A, _ in stack], dim=dim)


def _groups(linears: dict[str, nn.Linear]) -> list[list[str]]:
    """The layers' names, those that read the same input together."""
    groups, grouped = [], set()
    for name in linears:
        if name in grouped:
            continue
        parent, _, own = name.rpartition(".")
        together = next((names for names in SIBLINGS if own in names), (own,))
        members = [f"{parent}.{sibling}" if parent else sibling for sibling in together]
        groups.append(members if all(member in linears for member in members) else [name])
        grouped.update(groups[-1])
    return groups
