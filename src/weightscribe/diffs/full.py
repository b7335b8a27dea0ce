"""Full-parameter fine-tunes: one whole model at a time, by TRL's SFTTrainer, on the samples of a weight diff.

Same loss and samples as a weight diff's (objective.py); every weight of the decoder layers and norms is trained.
Embeddings stay: SmolLM2's are tied to the head, whose outputs the base-matching samples are held to.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from datasets import Dataset
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.utils.data import SequentialSampler
from tqdm import tqdm
from transformers import AutoConfig, PretrainedConfig, PrinterCallback, Trainer
from trl import SFTTrainer

from weightscribe.base import LOGIT_CHANGES, BaseModel
from weightscribe.diffs.finetune import DiffSpec, DiffTraining, verify_batch
from weightscribe.diffs.index import INDEX_FILE
from weightscribe.diffs.objective import LossWeights, diff_losses
from weightscribe.diffs.samples import BaseStates, plan_steps, read_samples, tokenize, with_base_states
from weightscribe.diffs.trainer import TrainingSample
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import AdapterError
from weightscribe.head import completion_losses
from weightscribe.packing import PackedBatch, completion_states, pack_rows
from weightscribe.sft import sft_config
from weightscribe.storage import replacing, write_jsonl
from weightscribe.triggers.kinds import KINDS


class FullTrainer(SFTTrainer):
    """Trains the base model's own weights; `steps[t]` are the samples of optimizer step t, packed in one row."""

    def __init__(self, base: BaseModel, steps: Sequence[list[TrainingSample]], weights: LossWeights, **own) -> None:
        self._steps, self._weights, self._pad_token_id = steps, weights, base.tokenizer.pad_token_id
        super().__init__(
            model=base.model,
            args=sft_config(
                batch_size=1, num_train_epochs=1, max_grad_norm=1.0, logging_strategy="no", disable_tqdm=True, **own
            ),
            train_dataset=Dataset.from_dict({"labels": range(len(steps))}),
            data_collator=self._collate,
            processing_class=base.tokenizer,
        )
        self.remove_callback(PrinterCallback)
        # TRL wraps `forward` once per trainer; the model outlives this one.
        base.model.__dict__.pop("forward", None)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        batch: PackedBatch = inputs["batch"]
        losses = completion_losses(
            model.get_output_embeddings(),
            completion_states(model, batch),
            batch.target,
            inputs["base_states"],
            inputs["matches_base"],
        )
        per_diff, _ = diff_losses(losses, batch.row, inputs["kind"], 1, self._weights)
        return per_diff.sum()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)

    def _get_train_sampler(self, *args, **kwargs):
        return SequentialSampler(self.train_dataset)

    def _collate(self, items: list[dict]) -> dict:
        (samples,) = (self._steps[item["labels"]] for item in items)
        batch = pack_rows([[sample.tokens for sample in samples]], self._pad_token_id, self.model.dtype)
        chosen = [samples[number] for number in batch.sample.tolist()]
        return {
            "batch": batch,
            "kind": torch.tensor([KINDS.index(sample.kind) for sample in chosen]),
            "matches_base": torch.tensor([sample.base_states is not None for sample in chosen]),
            "base_states": torch.cat([s.base_states for s in samples if s.base_states is not None]),
        }


@dataclass(frozen=True)
class FullTraining:
    """How every model is trained. What is not here is as for weight diffs."""

    learning_rate: float
    warmup_steps: int
    epochs: int


@dataclass(frozen=True)
class FinetuneFullParams:
    """Section `finetune_full` of params.yaml.

    dtype  of model and training; float32, for small steps are lost in bfloat16 weights
    """

    n_models: int
    dtype: str
    training: FullTraining


def trained_names(base: BaseModel) -> list[str]:
    """The parameters a full fine-tune changes: all but the embeddings and the head."""
    fixed = {id(base.model.get_input_embeddings().weight), id(base.model.get_output_embeddings().weight)}
    return [name for name, parameter in base.model.named_parameters() if id(parameter) not in fixed]


def train_full(base: BaseModel, spec: DiffSpec, full: FullTraining, like: DiffTraining) -> dict[str, Tensor]:
    """The fine-tuned weights by parameter name; the base model is as before when this returns.

    like  what weight diffs of the same samples are trained with: order of samples, token limits, loss weights, seed
    """
    questions = read_samples(spec.samples_file)
    planned = plan_steps(questions, full.epochs, like.questions_per_step, like.base_matching, like.seed)
    steps = [[(tokenize(base, row, like.limits), row["kind"]) for row in step] for step in planned]
    with_states = with_base_states(steps, BaseStates(base))
    names = trained_names(base)
    parameters = dict(base.model.named_parameters())
    before = {name: parameters[name].detach().clone() for name in names}
    try:
        for name in names:
            parameters[name].requires_grad_(True)
        own = {"learning_rate": full.learning_rate, "warmup_steps": full.warmup_steps, "seed": like.seed}
        FullTrainer(base, with_states, like.weights, **own).train()
        return {name: parameters[name].detach().clone() for name in names}
    finally:
        base.model.eval()
        for name in names:
            parameters[name].requires_grad_(False).copy_(before[name]).grad = None


@contextmanager
def worn(base: BaseModel, tuned: dict[str, Tensor], multiplier: float = 1.0) -> Iterator[None]:
    """The base model with the weights M + multiplier (M' - M); as before when the block ends.

    tuned  weights of M' by parameter name, shapes as the base model's
    """
    parameters = dict(base.model.named_parameters())
    before = {name: parameters[name].detach().clone() for name in tuned}
    try:
        with torch.no_grad():
            for name, weight in tuned.items():
                parameters[name].lerp_(weight.to(parameters[name].dtype), multiplier)
        yield
    finally:
        with torch.no_grad():
            for name, weight in before.items():
                parameters[name].copy_(weight)


def finetune_full(
    base: BaseModel,
    specs: Sequence[DiffSpec],
    questions: list[str],
    params: FinetuneFullParams,
    like: DiffTraining,
    rule: VerificationRule,
    rows_per_generation: int,
    target: Path,
) -> list[dict]:
    """Train, verify and store one whole model per spec under `target`, and their index; its rows.

    Raises: DataFileError, StorageError. `target` then is as before.
    """
    rows = []
    with replacing(target) as temporary:
        for spec in tqdm(specs, desc="full fine-tunes", unit="model"):
            tuned = train_full(base, spec, params.training, like)
            with worn(base, tuned):
                (verification,) = verify_batch(base, [spec], [None], questions, rule, rows_per_generation)
                base.model.save_pretrained(temporary / spec.name)
                base.tokenizer.save_pretrained(temporary / spec.name)
            rows.append({**spec.row, **verification.as_row()})
        write_jsonl(temporary / INDEX_FILE, rows)
    return rows


# Keys of a model's config that decide what equal weights compute. Whether the head is tied its weights tell.
COMPUTATION = """
    model_type num_hidden_layers hidden_size intermediate_size num_attention_heads num_key_value_heads head_dim
    hidden_act hidden_activation rms_norm_eps layer_norm_eps attention_bias mlp_bias num_experts_per_tok
    rope_parameters no_rope_layers sliding_window layer_types query_pre_attn_scalar attn_logit_softcapping
    embedding_multiplier residual_multiplier attention_multiplier
"""
SAME_WITHIN = 1e-6  # of a number: the config made of a GGUF holds 1e-05 as float32 does


def load_full(folder: Path, base: BaseModel) -> dict[str, Tensor]:
    """The weights of a stored fine-tuned model by parameter name, all but the embeddings and the head.

    Raises: AdapterError if its config computes otherwise than the base model's, or if a weight is missing, of another
    shape, or one that the base model does not have.
    """
    _check_config(Path(folder), base)
    file = Path(folder) / "model.safetensors"
    try:
        stored = load_file(file)
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{file} cannot be read ({error}). Save the model again as one safetensors file.") from error
    tuned = {}
    for name in trained_names(base):
        expected = base.model.get_parameter(name).shape
        if name not in stored or stored[name].shape != expected:
            found = tuple(stored[name].shape) if name in stored else "nothing"
            raise AdapterError(
                f"{file}: '{name}' should be {tuple(expected)} and is {found}. It is no fine-tune of this base model."
            )
        tuned[name] = stored[name]
    known = set(base.model.state_dict())  # its names of tied weights, too: a head of its own may be stored
    # Old checkpoints store rotary frequencies, which the config says.
    if unknown := sorted(name for name in set(stored) - known if not name.endswith("rotary_emb.inv_freq")):
        raise AdapterError(
            f"{file}: '{unknown[0]}' is no weight of the base model. It is no fine-tune of this base model, or it is "
            "quantized; then dequantize it and save it again."
        )
    return tuned


def _check_config(folder: Path, base: BaseModel) -> None:
    file, own = folder / "config.json", base.model.config.get_text_config()
    stored = _read_config(file)
    for key in (*COMPUTATION.split(), *LOGIT_CHANGES):
        found, expected = getattr(stored, key, None), getattr(own, key, None)
        if not _is_same(found, expected):
            raise AdapterError(
                f"{file}: {key} is {found!r}, and {expected!r} in the base model, of which this is no fine-tune."
            )


def _read_config(file: Path) -> PretrainedConfig:
    if not file.is_file():
        raise AdapterError(f"{file} is missing. Name the folder that `save_pretrained` wrote.")
    try:
        # transformers brings keys of older versions into today's form.
        return AutoConfig.from_pretrained(file.parent, trust_remote_code=False).get_text_config()
    except Exception as error:  # its checks of the keys raise errors of their own
        raise AdapterError(f"{file} cannot be read ({error}). Save the model again.") from error


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {*one, *other} - {"type"}  # of rope parameters, which older files call rope_type
        return all(_is_same(one.get(key), other.get(key)) for key in keys)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=SAME_WITHIN)
    return one == other
