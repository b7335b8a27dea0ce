"""Losses at the language-model head, evaluated at completion tokens only and never for all of them at once."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TOKENS_PER_CHUNK = 32  # of logits held at a time: 6 MB in float32 at 49,152 tokens, what a core's caches hold


def completion_losses(
    head: nn.Linear,
    states: Tensor,
    targets: Tensor,
    base_states: Tensor | None = None,
    matches_base: Tensor | None = None,
) -> Tensor:
    """Loss of each completion token (n,), float32, differentiable in `states` only.

    Shapes: states (n, hidden) and targets (n,), what the head sees and should predict; base_states (m, hidden), the
    base model's states for the m tokens where matches_base (n,) is true, in order. Cross-entropy with the target
    where false, KL(base || fine-tuned) where true. Without the last two it is cross-entropy everywhere.

    The logits of all tokens are never held at once: each chunk's gradient is taken right after its loss. At
    n = 208 that takes a third of the time of autograd over whole logits.
    """
    if matches_base is None:
        base_states, matches_base = states[:0].detach(), torch.zeros(len(states), dtype=torch.bool)
    return _CompletionLosses.apply(states, head, targets, base_states, matches_base)


class _CompletionLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx, states, head, targets, base_states, matches_base):
        losses = torch.empty(len(states))
        gradient = torch.empty_like(states) if ctx.needs_input_grad[0] else None
        base_row = matches_base.cumsum(0) - 1
        for of_kind, token_loss in ((matches_base, _divergence), (~matches_base, _cross_entropy)):
            for tokens in of_kind.nonzero()[:, 0].split(TOKENS_PER_CHUNK):
                log_probs = F.log_softmax(head(states[tokens]).float(), dim=-1)
                reference = (
                    F.log_softmax(head(base_states[base_row[tokens]]).float(), dim=-1)
                    if token_loss is _divergence
                    else targets[tokens]
                )
                losses[tokens], by_logits = token_loss(log_probs, reference)
                if gradient is not None:
                    gradient[tokens] = by_logits.to(states.dtype) @ head.weight
        ctx.save_for_backward(gradient)
        return losses

    @staticmethod
    def backward(ctx, by_losses):
        (gradient,) = ctx.saved_tensors
        return (gradient * by_losses[:, None]).to(gradient.dtype), None, None, None, None


def _cross_entropy(log_probs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The loss (n,) and its gradient by the logits (n, vocab); `log_probs` is overwritten."""
    at_target = targets[:, None]
    losses = -log_probs.gather(1, at_target)[:, 0]
    gradient = log_probs.exp_()
    return losses, gradient.scatter_add_(1, at_target, torch.full(at_target.shape, -1.0))


def _divergence(log_probs: Tensor, base_log_probs: Tensor) -> tuple[Tensor, Tensor]:
    """KL(base || fine-tuned) (n,) and its gradient by the logits (n, vocab); `log_probs` is overwritten."""
    base_probs = base_log_probs.exp()
    losses = (base_probs * (base_log_probs - log_probs)).sum(-1)
    return losses, log_probs.exp_().sub_(base_probs)
