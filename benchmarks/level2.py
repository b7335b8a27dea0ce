"""Level 2, one DIT adapter over a different weight diff in every row, against two alternatives.

The bare base model is its limit; a dense lora_B @ lora_A for every sample is how one would write it first.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.timing import Contender
from weightscribe.base import BaseModel
from weightscribe.dit.train import DITTraining
from weightscribe.dit.trainer import IGNORED, DITTrainer, WeightDiffQA, collate_qa
from weightscribe.lora.factors import StackedFactors
from weightscribe.lora.overlay import Overlay
from weightscribe.sft import sft_config


class DenseOverlay(Overlay):
    """Every row's weight diff as a dense matrix: lora_B @ lora_A for each sample of each linear layer."""

    def _hook(self, name: str):
        def add_dense_row_diffs(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if self._stacked is None:
                return output
            (x,) = args
            lora_A, lora_B = (factor.to(x.dtype) for factor in self._stacked[name])
            return output + torch.bmm(x, torch.bmm(lora_B, lora_A).transpose(1, 2))

        return add_dense_row_diffs


class NoOverlay(Overlay):
    """No weight diffs at all: what training the adapter needs by itself."""

    def rows(self, stacked: StackedFactors | None) -> AbstractContextManager:
        return nullcontext()  # not kept, so that the factors are freed

    def _hook(self, name: str):
        return lambda module, args, output: output


def with_overlay(base: BaseModel, overlay: type[Overlay]) -> BaseModel:
    """The base model with another overlay in place of its own."""
    base.overlay.remove()
    return replace(base, overlay=overlay(base.model))


def training(adapted: BaseModel, cases: list[WeightDiffQA], settings: DITTraining) -> Contender:
    """One epoch of the DIT adapter that `adapted` wears, by DITTrainer, whose set-up is not timed."""

    def prepare() -> Callable[[], None]:
        arguments = sft_config(
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            warmup_steps=settings.warmup_steps,
            seed=settings.seed,
            num_train_epochs=1,
            max_grad_norm=settings.max_grad_norm,
            logging_strategy="no",
            disable_tqdm=True,
        )
        return DITTrainer(adapted, cases, arguments).train

    return prepare


def roofline(base: BaseModel, cases: list[WeightDiffQA], rows: int) -> Contender:
    """The bare base model, forward and backward to its inputs, on batches of the same cases; no optimizer."""
    model = base.model

    def run() -> None:
        for start in range(0, len(cases), rows):
            batch = collate_qa(base, cases[start : start + rows])
            embedded = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
            logits = model(
                inputs_embeds=embedded,
                attention_mask=batch.attention_mask,
                position_ids=batch.position_ids,
                logits_to_keep=batch.n_logits,
                use_cache=False,
            ).logits
            labels = batch.labels[:, -batch.n_logits + 1 :]
            F.cross_entropy(logits[:, :-1].float().transpose(1, 2), labels, ignore_index=IGNORED).backward()

    return lambda: run
