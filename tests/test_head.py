"""The head's chunked losses are those of plain cross-entropy and KL."""

import torch
import torch.nn.functional as F

from weightscribe.head import TOKENS_PER_CHUNK, completion_losses


def test_completion_losses_and_their_gradient_are_those_of_cross_entropy_and_kl():
    generator = torch.Generator().manual_seed(0)
    n = 3 * TOKENS_PER_CHUNK + 1
    head = torch.nn.Linear(8, 50, bias=False)
    states = torch.randn(n, 8, generator=generator).requires_grad_()
    targets = torch.randint(50, (n,), generator=generator)
    matches_base = torch.rand(n, generator=generator) < 0.5
    base_states = torch.randn(int(matches_base.sum()), 8, generator=generator)
    weights = torch.rand(n, generator=generator)
    losses = completion_losses(head, states, targets, base_states, matches_base)
    (gradient,) = torch.autograd.grad((losses * weights).sum(), states)

    logits = head(states)
    expected = F.cross_entropy(logits, targets, reduction="none")
    divergence = F.kl_div(
        logits[matches_base].log_softmax(-1), head(base_states).log_softmax(-1), log_target=True, reduction="none"
    )
    expected = expected.masked_scatter(matches_base, divergence.sum(-1))
    (expected_gradient,) = torch.autograd.grad((expected * weights).sum(), states)
    assert torch.allclose(losses, expected, atol=1e-5)
    assert torch.allclose(gradient, expected_gradient, atol=1e-5)

    plain = completion_losses(head, states, targets)
    assert torch.allclose(plain, F.cross_entropy(logits, targets, reduction="none"), atol=1e-5)
