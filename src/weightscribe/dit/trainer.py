"""The DIT adapter, trained by TRL's SFTTrainer overlaid on a different weight diff in every row of a batch.

Row i computes M_i + A. The loss is the cross-entropy of the answer tokens given the question (DIT, section 3): prompt
and padding are masked. The head is evaluated at answer positions only.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from datasets import Dataset
from torch import Tensor
from transformers import PrinterCallback, Trainer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from weightscribe.base import BaseModel
from weightscribe.head import completion_losses
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import StackedFactors, WeightDiff
from weightscribe.packing import PackedBatch, TokenizedSample, completion_states, pack_rows


@dataclass(frozen=True)
class WeightDiffQA:
    """One training or test case of the task: a weight diff, a question about it, and the true answer."""

    weight_diff: WeightDiff | None
    question: str
    answer: str


def tokenize_case(base: BaseModel, case: WeightDiffQA) -> TokenizedSample:
    """The templated question, and the answer closed by the tokenizer's EOS token."""
    answer = base.tokenizer(case.answer, add_special_tokens=False).input_ids
    return TokenizedSample(tuple(base.prompt_ids(case.question)), (*answer, base.tokenizer.eos_token_id))


def answer_log_likelihoods(base: BaseModel, batch: PackedBatch) -> Tensor:
    """Log-probability of each answer, its end included, in nats, float32, row by row. Call it with the overlay open."""
    states = completion_states(base.model, batch)
    losses = completion_losses(base.model.get_output_embeddings(), states, batch.target)
    places = torch.stack([batch.row, batch.sample])
    each, answer = places.unique_consecutive(dim=1, return_inverse=True)
    return torch.zeros(each.shape[1]).index_add(0, answer, -losses)


def answer_losses(base: BaseModel, batch: PackedBatch) -> Tensor:
    """Mean cross-entropy of each row's answer tokens, (b,) float32. Call it with the overlay open."""
    n_tokens = batch.row.bincount(minlength=len(batch.input_ids))
    return -answer_log_likelihoods(base, batch) / n_tokens


class DITTrainer(SFTTrainer):
    """Trains a bank of one DIT adapter on WeightDiffQA cases, each under its own weight diff."""

    def __init__(
        self,
        base: BaseModel,
        bank: FactorBank,
        cases: Sequence[WeightDiffQA],
        args: SFTConfig,
        callbacks: Iterable[TrainerCallback] = (),
        augment: Callable[[WeightDiff | None], WeightDiff | None] | None = None,
    ) -> None:
        """`augment` changes the weight diff of every row anew, each time the row is trained on."""
        self._base, self._bank, self._cases, self._augment = base, bank, cases, augment
        self._tokens = [tokenize_case(base, case) for case in cases]
        base.model.factor_bank = bank  # what the optimizer finds to train
        super().__init__(
            model=base.model,
            args=args,
            train_dataset=Dataset.from_dict({"labels": range(len(cases))}),
            data_collator=self._collate,
            processing_class=base.tokenizer,
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        # TRL wraps the base model's `forward` once per trainer; the model outlives this one.
        base.model.__dict__.pop("forward", None)

    def train(self, *args, **kwargs):
        try:
            return super().train(*args, **kwargs)
        finally:
            del self._base.model.factor_bank

    def training_step(self, model, inputs, *args, **kwargs):
        # Open over forward and backward: activation recomputation must see the same diffs.
        diffs = [case.weight_diff for case in inputs["cases"]]
        if self._augment is not None:
            diffs = [self._augment(diff) for diff in diffs]
        with self._base.under(diffs, self._bank.stacked(self._base.model.dtype)):
            return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return answer_losses(self._base, inputs["batch"]).mean()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)

    def _collate(self, items: list[dict]) -> dict:
        chosen = [item["labels"] for item in items]
        rows = [[self._tokens[index]] for index in chosen]
        batch = pack_rows(rows, self._base.tokenizer.pad_token_id, self._base.model.dtype)
        return {"batch": batch, "cases": [self._cases[index] for index in chosen]}


@torch.no_grad()
def mean_loss(
    base: BaseModel, adapter: StackedFactors | None, cases: Sequence[WeightDiffQA], rows_per_batch: int
) -> float:
    """Mean answer loss over the cases, each under its own weight diff and the adapter."""
    losses = []
    for start in range(0, len(cases), rows_per_batch):
        part = cases[start : start + rows_per_batch]
        rows = [[tokenize_case(base, case)] for case in part]
        with base.under([case.weight_diff for case in part], adapter):
            losses += answer_losses(base, pack_rows(rows, base.tokenizer.pad_token_id, base.model.dtype)).tolist()
    return sum(losses) / len(losses)
