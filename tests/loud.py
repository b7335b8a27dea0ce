"""Factors large enough to matter: a fresh bank's lora_B is zero, so that its diffs change nothing."""

import torch

from weightscribe.lora.bank import FactorBank


def loud(bank: FactorBank, seed: int, size: float = 0.3) -> FactorBank:
    """The bank, normal noise of this size added to all its factors."""
    with torch.no_grad():
        bank.flat += size * torch.randn(bank.flat.shape, generator=torch.Generator().manual_seed(seed))
    return bank
