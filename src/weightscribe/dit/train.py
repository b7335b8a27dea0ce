"""Train one DIT adapter on labelled weight diffs and watch whether it reads them or guesses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from transformers import TrainerCallback
from trl import SFTConfig

from weightscribe.base import BaseModel
from weightscribe.dit.augment import Augmentation, Augmenter
from weightscribe.dit.qa import WeightDiffQA, mean_loss
from weightscribe.dit.trainer import DITTrainer
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import DITAdapter, moved_on
from weightscribe.params import check_at_least, check_positive
from weightscribe.sft import sft_config


@dataclass(frozen=True)
class DITTraining:
    """How the DIT adapter is trained."""

    rank: int
    learning_rate: float
    warmup_steps: int
    epochs: int
    batch_size: int
    max_grad_norm: float
    augmentation: Augmentation
    seed: int

    def __post_init__(self) -> None:
        """Raises: ParamsError for values with which nothing could be trained."""
        check_at_least(self, 1, "rank", "epochs", "batch_size")
        check_positive(self, "learning_rate")


@dataclass(frozen=True)
class TrainDITParams:
    """Section `train_dit` of params.yaml."""

    dtype: str
    training: DITTraining


@dataclass(frozen=True)
class HeldOutLosses:
    """Mean answer loss on held-out diffs: with the case's own diff, with another case's, and with none.

    Reading shows as own < shuffled and own < none; equal losses mean that the adapter guesses.
    """

    step: int
    own_diff: float
    shuffled_diff: float
    no_diff: float


def shuffled(cases: list[WeightDiffQA]) -> list[WeightDiffQA]:
    """The cases with the weight diffs moved on by one, so that each row has another row's diff."""
    diffs = moved_on([case.weight_diff for case in cases])
    return [replace(case, weight_diff=diff) for case, diff in zip(cases, diffs, strict=True)]


def without_diffs(cases: list[WeightDiffQA]) -> list[WeightDiffQA]:
    """The cases on the unchanged base model."""
    return [replace(case, weight_diff=None) for case in cases]


class HeldOutWatch(TrainerCallback):
    """Measures the three held-out losses before training and after every epoch."""

    def __init__(self, base: BaseModel, bank: FactorBank, cases: list[WeightDiffQA], rows: int):
        self._base, self._bank, self._cases, self._rows = base, bank, cases, rows
        self.losses: list[HeldOutLosses] = []

    def on_train_begin(self, args, state, control, **kwargs):
        self._record(state.global_step)

    def on_epoch_end(self, args, state, control, **kwargs):
        self._record(state.global_step)

    @torch.no_grad()
    def _record(self, step: int) -> None:
        model = self._base.model
        model.eval()
        adapter = self._bank.stacked(model.dtype)
        variants = (self._cases, shuffled(self._cases), without_diffs(self._cases))
        self.losses.append(
            HeldOutLosses(step, *(mean_loss(self._base, adapter, cases, self._rows) for cases in variants))
        )
        model.train()


@dataclass(frozen=True)
class TrainedAdapter:
    """The DIT adapter, the held-out losses, the training loss by step, and what the base model computed in."""

    adapter: DITAdapter
    held_out: list[HeldOutLosses]
    train_loss: list[dict]
    dtype: str


def new_bank(base: BaseModel, rank: int, seed: int) -> FactorBank:
    """A fresh float32 DIT adapter on every linear layer but the head, initialized as PEFT does, scaling 1."""
    return FactorBank(base.overlay.linears, rank, alpha=rank, seeds=[seed])


def train_dit(
    base: BaseModel,
    train: list[WeightDiffQA],
    held_out: list[WeightDiffQA],
    training: DITTraining,
) -> TrainedAdapter:
    """Train a DIT adapter on the `train` cases; `held_out` ones are only measured, never chosen by."""
    bank = new_bank(base, training.rank, training.seed)
    watch = HeldOutWatch(base, bank, held_out, training.batch_size)
    augment = Augmenter(training.augmentation, training.seed)
    trainer = DITTrainer(base, bank, train, dit_sft_config(training, logging_steps=1), [watch], augment)
    trainer.train()
    base.model.eval()
    curve = [{"step": entry["step"], "loss": entry["loss"]} for entry in trainer.state.log_history if "loss" in entry]
    return TrainedAdapter(bank.dit_adapter(), watch.losses, curve, base.dtype)


def dit_sft_config(training: DITTraining, **own) -> SFTConfig:
    """TRL's arguments for one DIT adapter."""
    return sft_config(
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        warmup_steps=training.warmup_steps,
        seed=training.seed,
        max_grad_norm=training.max_grad_norm,
        **{"num_train_epochs": training.epochs, **own},
    )


def summarize(trained: TrainedAdapter) -> dict:
    """The metrics of metrics/train_dit.json: losses at the end of training."""
    last = trained.held_out[-1]
    return {
        "compute_dtype": trained.dtype,
        "heldout_loss_own_diff": last.own_diff,
        "heldout_loss_shuffled_diff": last.shuffled_diff,
        "heldout_loss_no_diff": last.no_diff,
        "train_loss": trained.train_loss[-1]["loss"],
        "optimizer_steps": last.step,
    }


def train_by_sft(
    base: BaseModel,
    bank: FactorBank,
    cases: Sequence[WeightDiffQA],
    sft: DITTraining,
    *,
    max_steps: int = -1,
    is_augmented: bool = True,
) -> DITAdapter:
    """The bank after SFT on the cases, for `max_steps` optimizer steps or, by default, sft.epochs passes."""
    augment = Augmenter(sft.augmentation, sft.seed) if is_augmented else None
    args = dit_sft_config(sft, logging_steps=1, max_steps=max_steps)
    DITTrainer(base, bank, list(cases), args, augment=augment).train()
    base.model.eval()
    return bank.dit_adapter()
