"""Level 1, many weight diffs at once, against the bare base model and against plain TRL + PEFT, one diff at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import Trainer
from trl import SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from benchmarks.inputs import Level1Inputs, plain_row
from benchmarks.timing import Contender, interleaved
from weightscribe.diffs.finetune import train_bank
from weightscribe.head import completion_losses
from weightscribe.models.loading import load_base_model
from weightscribe.packing import PackedBatch, completion_states, pack_rows
from weightscribe.sft import sft_config


def ours(inputs: Level1Inputs) -> Contender:
    """`train_bank`, its set-up and the base states of wrong-trigger samples included.

    Those of plain prompts are there beforehand: all diffs share them, so in a run of hundreds they cost one batch.
    """

    def prepare() -> Callable[[], None]:
        states = inputs.shared_states()
        return lambda: train_bank(inputs.base, inputs.planned, inputs.seeds, inputs.training, states)

    return prepare


def roofline(inputs: Level1Inputs) -> Contender:
    """The bare base model, forward and backward to its inputs, on the batches `ours` trains on; no optimizer."""
    model = inputs.base.model

    def step(batch: PackedBatch) -> None:
        inputs = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
        states = completion_states(model, batch, inputs_embeds=inputs)
        completion_losses(model.get_output_embeddings(), states, batch.target).sum().backward()

    def run() -> None:
        for rows in zip(*inputs.planned, strict=True):
            samples = [[tokens for tokens, _ in row] for row in rows]
            step(pack_rows(samples, inputs.base.tokenizer.pad_token_id, model.dtype))

    return lambda: run


@dataclass(frozen=True)
class PlainSettings:
    """What plain TRL + PEFT lets one choose without changing the task."""

    attention: str  # eager | sdpa
    float32_adapter: bool  # PEFT's default; False leaves the adapter in the model's dtype
    trainer: type[Trainer]  # SFTTrainer, whose loss is made for GPUs, or the Trainer under it with the model's own loss


def plain(inputs: Level1Inputs, base_folder: Path, settings: PlainSettings, n_diffs: int) -> Contender:
    """The first n_diffs diffs, one after another: same rows a step, same steps, cross-entropy on all samples.

    Easier than the real task: no KL to the base model, so no teacher. Loading and adding the adapter are not timed.
    """
    model = load_base_model(base_folder, inputs.base.dtype)
    model.set_attn_implementation(settings.attention)
    peft_model = get_peft_model(
        model,
        LoraConfig(
            r=inputs.training.rank,
            lora_alpha=inputs.training.alpha,
            target_modules=sorted({name.rsplit(".", 1)[-1] for name in inputs.base.overlay.linears}),
            task_type="CAUSAL_LM",
        ),
        autocast_adapter_dtype=settings.float32_adapter,
    )
    rows_per_step = len(inputs.planned[0][0])
    arguments = sft_config(
        batch_size=rows_per_step,
        learning_rate=inputs.training.learning_rate,
        warmup_steps=inputs.training.warmup_steps,
        seed=inputs.training.seed,
        num_train_epochs=1,
        max_grad_norm=0.0,
        logging_strategy="no",
        disable_tqdm=True,
    )
    datasets = [
        Dataset.from_list([plain_row(tokens) for step in steps for tokens, _ in step])
        for steps in inputs.planned[:n_diffs]
    ]

    def prepare() -> Callable[[], None]:
        trainers = [
            settings.trainer(
                model=peft_model,
                args=arguments,
                train_dataset=rows,
                data_collator=DataCollatorForLanguageModeling(inputs.base.tokenizer.pad_token_id),
                processing_class=inputs.base.tokenizer,
            )
            for rows in datasets
        ]
        return lambda: [trainer.train() for trainer in trainers]

    return prepare


def best_plain_settings(inputs: Level1Inputs, base_folder: Path) -> PlainSettings:
    """The fastest of the settings on one diff. In a float32 model the adapter is float32 anyway."""
    adapters = (True,) if inputs.base.dtype == "float32" else (True, False)
    contenders = {
        settings: plain(inputs, base_folder, settings, n_diffs=1)
        for settings in (
            PlainSettings(*choice) for choice in product(("eager", "sdpa"), adapters, (SFTTrainer, Trainer))
        )
    }
    seconds = interleaved(contenders, repeats=1, title="plain TRL + PEFT, settings")
    return min(seconds, key=lambda settings: min(seconds[settings]))
