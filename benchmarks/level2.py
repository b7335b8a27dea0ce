"""Level 2, one DIT adapter over a different weight diff in every row, against its limit and two alternatives.

The bare base model is the limit. `DenseOverlay` forms lora_B @ lora_A for every sample; alone it shows what the overlay
is worth. How one would write level 2 first is that under a plain PEFT adapter, with transformers' own loss.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from datasets import Dataset
from peft import get_peft_model
from torch import Tensor, nn
from transformers import Trainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from benchmarks.inputs import plain_row
from benchmarks.timing import Contender
from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA, tokenize_case
from weightscribe.dit.train import DITTraining, dit_sft_config, new_bank
from weightscribe.dit.trainer import DITTrainer
from weightscribe.head import completion_losses
from weightscribe.lora.factors import StackedFactors, target_linears
from weightscribe.lora.peft_io import lora_config
from weightscribe.packing import completion_states, pack_rows


class DenseOverlay:
    """Every row's weight diff as a dense matrix: lora_B @ lora_A for each sample of each linear layer."""

    def __init__(self, model: nn.Module) -> None:
        self.linears = target_linears(model)
        self._stacks: list[StackedFactors] = []
        for name, linear in self.linears.items():
            linear.register_forward_hook(self._hook(name))

    @contextmanager
    def rows(self, *stacks: StackedFactors | None) -> Iterator[None]:
        """Stacks as `Overlay.rows` takes them; a stack of one, the DIT adapter, stays low-rank."""
        self._stacks = [stack for stack in stacks if stack is not None]
        yield
        self._stacks = []

    def _hook(self, name: str):
        def add_diffs(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
            (x,) = args
            for stack in self._stacks:
                lora_A, lora_B = stack[name]
                if len(lora_A) == 1:
                    output = output + x @ lora_A[0].T @ lora_B[0].T
                else:
                    output = output + torch.bmm(x, torch.bmm(lora_B, lora_A).transpose(1, 2))
            return output

        return add_diffs


def with_dense_overlay(base: BaseModel) -> BaseModel:
    """The base model, changed in place, with the dense overlay instead of its own."""
    base.overlay.remove()
    return replace(base, overlay=DenseOverlay(base.model))


def training(base: BaseModel, cases: list[WeightDiffQA], settings: DITTraining) -> Contender:
    """One epoch of a DIT adapter by `DITTrainer`, whose set-up is not timed."""

    def prepare() -> Callable[[], None]:
        return DITTrainer(base, new_bank(base, settings.rank, settings.seed), cases, _arguments(settings)).train

    return prepare


class _PlainTrainer(Trainer):
    """transformers' Trainer and loss, with each row's weight diff laid under the row."""

    def __init__(self, base: BaseModel, cases: list[WeightDiffQA], **options) -> None:
        self._base, self._cases = base, cases
        self._collate_tokens = DataCollatorForLanguageModeling(base.tokenizer.pad_token_id)
        super().__init__(model=base.model, data_collator=self._collate, **options)

    def training_step(self, model, inputs, *args, **kwargs):
        with self._base.under(inputs.pop("diffs")):
            return super().training_step(model, inputs, *args, **kwargs)

    def _collate(self, items: list[dict]) -> dict:
        diffs = [self._cases[item.pop("case")].weight_diff for item in items]
        return {**self._collate_tokens(items), "diffs": diffs}


def obvious(base: BaseModel, cases: list[WeightDiffQA], settings: DITTraining) -> Contender:
    """The dense overlay under a plain PEFT adapter, and transformers' own loss. `base` is changed in place."""
    base = with_dense_overlay(base)
    config = lora_config(settings.rank, sorted(base.overlay.linears), base.identity)
    config.inference_mode = False
    base = replace(base, model=get_peft_model(base.model, config))
    rows = [{**plain_row(tokenize_case(base, case)), "case": index} for index, case in enumerate(cases)]

    def prepare() -> Callable[[], None]:
        return _PlainTrainer(base, cases, args=_arguments(settings), train_dataset=Dataset.from_list(rows)).train

    return prepare


def roofline(base: BaseModel, cases: list[WeightDiffQA], rows: int) -> Contender:
    """The bare base model, forward and backward to its inputs, on batches of the same cases; no optimizer."""
    model = base.model
    tokens = [[tokenize_case(base, case)] for case in cases]

    def run() -> None:
        for start in range(0, len(cases), rows):
            batch = pack_rows(tokens[start : start + rows], base.tokenizer.pad_token_id, model.dtype)
            inputs = model.get_input_embeddings()(batch.input_ids).detach().requires_grad_()
            states = completion_states(model, batch, inputs_embeds=inputs)
            completion_losses(model.get_output_embeddings(), states, batch.target).sum().backward()

    return lambda: run


def _arguments(settings: DITTraining):
    return dit_sft_config(settings, num_train_epochs=1, logging_strategy="no", disable_tqdm=True)
