"""One case of the task, WeightDiffQA, in tokens, and how likely a model's answer to it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from weightscribe.base import BaseModel
from weightscribe.head import completion_losses
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
