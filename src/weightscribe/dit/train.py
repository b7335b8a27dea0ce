"""Train one DIT adapter on labelled weight diffs and watch whether it reads them or guesses."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model, get_peft_model_state_dict
from transformers import TrainerCallback
from transformers import logging as transformers_logging
from trl import SFTConfig

from weightscribe.base import BaseModel
from weightscribe.dit.trainer import DITTrainer, WeightDiffQA, mean_loss
from weightscribe.lora.peft_io import BaseIdentity, load_weight_diff, lora_config, save_adapter


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
    diffs = [case.weight_diff for case in cases]
    return [replace(case, weight_diff=diff) for case, diff in zip(cases, diffs[1:] + diffs[:1], strict=True)]


def without_diffs(cases: list[WeightDiffQA]) -> list[WeightDiffQA]:
    """The cases on the unchanged base model."""
    return [replace(case, weight_diff=None) for case in cases]


class HeldOutWatch(TrainerCallback):
    """Measures the three held-out losses before training and after every epoch."""

    def __init__(self, model: PeftModel, base: BaseModel, cases: list[WeightDiffQA], rows: int):
        self._measure = lambda own: mean_loss(model, base.overlay, base.tokenizer, own, rows)
        self._cases, self._model = cases, model
        self.losses: list[HeldOutLosses] = []

    def on_train_begin(self, args, state, control, **kwargs):
        self._record(state.global_step)

    def on_epoch_end(self, args, state, control, **kwargs):
        self._record(state.global_step)

    def _record(self, step: int) -> None:
        self._model.eval()
        variants = (self._cases, shuffled(self._cases), without_diffs(self._cases))
        self.losses.append(HeldOutLosses(step, *(self._measure(cases) for cases in variants)))
        self._model.train()


@dataclass(frozen=True)
class TrainedAdapter:
    """The adapted model (adapter in place), the held-out losses and the training loss by step."""

    model: PeftModel
    held_out: list[HeldOutLosses]
    train_loss: list[dict]


def add_dit_adapter(base: BaseModel, rank: int, seed: int) -> PeftModel:
    """The base model, in place, with a fresh float32 DIT adapter on every linear layer but the head."""
    torch.manual_seed(seed)
    config = lora_config(rank, sorted(base.overlay.linears), base.identity)
    config.inference_mode = False
    return get_peft_model(base.model, config)


def train_dit(
    base: BaseModel,
    train: list[WeightDiffQA],
    held_out: list[WeightDiffQA],
    training: DITTraining,
) -> TrainedAdapter:
    """Train a DIT adapter on the `train` cases; `held_out` ones are only measured, never chosen by."""
    adapted = add_dit_adapter(base, training.rank, training.seed)
    watch = HeldOutWatch(adapted, base, held_out, training.batch_size)
    transformers_logging.set_verbosity_error()
    trainer = DITTrainer(adapted, base.overlay, train, sft_config(training), base.tokenizer, [watch])
    trainer.train()
    adapted.eval()
    curve = [{"step": entry["step"], "loss": entry["loss"]} for entry in trainer.state.log_history if "loss" in entry]
    return TrainedAdapter(adapted, watch.losses, curve)


def sft_config(training: DITTraining) -> SFTConfig:
    """TRL's arguments: AdamW, warm-up, cosine decay; one epoch shows every diff once."""
    return SFTConfig(
        output_dir=".work/trainer",
        per_device_train_batch_size=training.batch_size,
        num_train_epochs=training.epochs,
        learning_rate=training.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=training.warmup_steps,
        optim="adamw_torch",
        weight_decay=0.0,
        max_grad_norm=training.max_grad_norm,
        seed=training.seed,
        bf16=False,
        gradient_checkpointing=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        logging_steps=1,
        report_to="none",
        dataloader_pin_memory=False,
    )


def save_dit_adapter(folder: Path, adapted: PeftModel, base: BaseIdentity) -> None:
    """Write the DIT adapter as a PEFT folder with stable bytes.  Raises: StorageError."""
    config = adapted.peft_config["default"]
    config.inference_mode = True
    save_adapter(folder, get_peft_model_state_dict(adapted), config, base)


def load_dit_adapter(base: BaseModel, folder: Path) -> PeftModel:
    """The base model, in place, with a stored DIT adapter, ready to be asked.

    Raises: AdapterError if the folder is unreadable or the adapter was made for another base model.
    """
    load_weight_diff(folder, base.overlay.linears, base.identity.sha256)
    return PeftModel.from_pretrained(base.model, str(folder)).eval()


def summarize(trained: TrainedAdapter) -> dict:
    """The metrics of metrics/train_dit.json: losses at the end of training."""
    last = trained.held_out[-1]
    return {
        "heldout_loss_own_diff": last.own_diff,
        "heldout_loss_shuffled_diff": last.shuffled_diff,
        "heldout_loss_no_diff": last.no_diff,
        "train_loss": trained.train_loss[-1]["loss"],
        "optimizer_steps": last.step,
    }
