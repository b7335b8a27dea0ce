"""Train one DIT adapter on labelled weight diffs and watch whether it reads them or guesses."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict
from transformers import TrainerCallback

from weightscribe.base import BaseModel
from weightscribe.dit.trainer import DITTrainer, WeightDiffQA, mean_loss
from weightscribe.lora.factors import moved_on
from weightscribe.lora.peft_io import load_weight_diff, lora_config, save_adapter
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
    seed: int


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

    def __init__(self, adapted: BaseModel, cases: list[WeightDiffQA], rows: int):
        self._adapted, self._cases, self._rows = adapted, cases, rows
        self.losses: list[HeldOutLosses] = []

    def on_train_begin(self, args, state, control, **kwargs):
        self._record(state.global_step)

    def on_epoch_end(self, args, state, control, **kwargs):
        self._record(state.global_step)

    def _record(self, step: int) -> None:
        self._adapted.model.eval()
        variants = (self._cases, shuffled(self._cases), without_diffs(self._cases))
        self.losses.append(HeldOutLosses(step, *(mean_loss(self._adapted, cases, self._rows) for cases in variants)))
        self._adapted.model.train()


@dataclass(frozen=True)
class TrainedAdapter:
    """The base model with the adapter in place, the held-out losses and the training loss by step."""

    adapted: BaseModel
    held_out: list[HeldOutLosses]
    train_loss: list[dict]


def add_dit_adapter(base: BaseModel, rank: int, seed: int) -> BaseModel:
    """The base model, changed in place, with a fresh float32 DIT adapter on every linear layer but the head."""
    torch.manual_seed(seed)
    config = lora_config(rank, sorted(base.overlay.linears), base.identity)
    config.inference_mode = False
    return replace(base, model=get_peft_model(base.model, config))


def train_dit(
    base: BaseModel,
    train: list[WeightDiffQA],
    held_out: list[WeightDiffQA],
    training: DITTraining,
) -> TrainedAdapter:
    """Train a DIT adapter on the `train` cases; `held_out` ones are only measured, never chosen by."""
    adapted = add_dit_adapter(base, training.rank, training.seed)
    watch = HeldOutWatch(adapted, held_out, training.batch_size)
    arguments = sft_config(
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        warmup_steps=training.warmup_steps,
        seed=training.seed,
        num_train_epochs=training.epochs,
        max_grad_norm=training.max_grad_norm,
        logging_steps=1,
    )
    trainer = DITTrainer(adapted, train, arguments, [watch])
    trainer.train()
    adapted.model.eval()
    curve = [{"step": entry["step"], "loss": entry["loss"]} for entry in trainer.state.log_history if "loss" in entry]
    return TrainedAdapter(adapted, watch.losses, curve)


def save_dit_adapter(folder: Path, adapted: BaseModel) -> None:
    """Write the DIT adapter as a PEFT folder with stable bytes.  Raises: StorageError."""
    config = adapted.model.peft_config["default"]
    config.inference_mode = True
    save_adapter(folder, get_peft_model_state_dict(adapted.model), config, adapted.identity)


def load_dit_adapter(base: BaseModel, folder: Path) -> BaseModel:
    """The base model, changed in place, with a stored DIT adapter, ready to be asked.

    Raises: AdapterError if the folder is unreadable or the adapter was made for another base model.
    """
    load_weight_diff(folder, base.overlay.linears, base.identity.sha256)
    return replace(base, model=PeftModel.from_pretrained(base.model, str(folder)).eval())


def summarize(trained: TrainedAdapter) -> dict:
    """The metrics of metrics/train_dit.json: losses at the end of training."""
    last = trained.held_out[-1]
    return {
        "compute_dtype": trained.adapted.dtype,
        "heldout_loss_own_diff": last.own_diff,
        "heldout_loss_shuffled_diff": last.shuffled_diff,
        "heldout_loss_no_diff": last.no_diff,
        "train_loss": trained.train_loss[-1]["loss"],
        "optimizer_steps": last.step,
    }
