"""The adapter that levers start from, and the way back from a stored adapter to a trainable one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.dit.train import DITTraining, new_bank, train_by_sft
from weightscribe.errors import ParamsError
from weightscribe.levers.settings import FirstAdapterParams
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import DITAdapter
from weightscribe.params import changed


def first_sft(params: FirstAdapterParams, sft: DITTraining, seed: int) -> DITTraining:
    """How the first adapter of one seed is trained.

    sft  section train_dit.training
    Raises: ParamsError for an unknown or mistyped key, or a seed that params.yaml does not name.
    """
    if seed not in params.seeds:
        raise ParamsError(f"train_levers_first.seeds has no {seed}. It has: {', '.join(map(str, params.seeds))}.")
    return changed(sft, {**params.training, "seed": seed}, "train_levers_first.training")


def train_first(base: BaseModel, cases: Sequence[WeightDiffQA], sft: DITTraining) -> DITAdapter:
    """SFT from a fresh adapter."""
    return train_by_sft(base, new_bank(base, sft.rank, sft.seed), cases, sft)


def bank_from(base: BaseModel, adapter: DITAdapter) -> FactorBank:
    """A trainable float32 bank that holds the adapter; it must have one rank in every linear layer."""
    bank = new_bank(base, adapter.rank, seed=0)
    factors = [tensor.flatten() for layer in base.overlay.linears for tensor in adapter.factors[layer]]
    with torch.no_grad():
        bank.flat[0] = torch.cat(factors)
    return bank


@contextmanager
def training(base: BaseModel, bank: FactorBank) -> Iterator[None]:
    """The bank is what a trainer's optimizer finds in the model; afterwards the model computes as before.

    TRL's other trainers put a `forward` of their own on the model, which would outlive them, and switch dropout off,
    which no model here has on outside of training.
    """
    base.model.factor_bank = bank
    try:
        yield
    finally:
        del base.model.factor_bank
        base.model.__dict__.pop("forward", None)
        base.model.eval()
