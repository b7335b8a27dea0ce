"""Evidence for an answer: how much likelier the weight diff makes it.

A DIT adapter always says something. What it says of M' counts only as far as M' made it say so: the answer's
log-likelihood under M' + A minus that under M + A. For the unchanged model it is zero by construction.
"""

from collections.abc import Sequence

import torch

from weightscribe.base import BaseModel
from weightscribe.dit.trainer import WeightDiffQA, tokenize_case
from weightscribe.head import completion_losses
from weightscribe.lora.factors import DITAdapter, WeightDiff
from weightscribe.packing import completion_states, pack_rows


def evidence(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    question: str,
    answers: Sequence[str],
    rows_per_batch: int,
) -> list[float]:
    """One value a diff, in nats, summed over the answer's tokens and its end."""
    changed = log_likelihoods(base, adapter, diffs, question, answers, rows_per_batch)
    unchanged = log_likelihoods(base, adapter, [None] * len(diffs), question, answers, rows_per_batch)
    return [
        0.0 if diff is None else with_diff - without
        for diff, with_diff, without in zip(diffs, changed, unchanged, strict=True)
    ]


@torch.no_grad()
def log_likelihoods(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    question: str,
    answers: Sequence[str],
    rows_per_batch: int,
) -> list[float]:
    """Log-probability of each answer, its end included, to the question under M_i + A, in nats."""
    stacked = base.stacked_adapter(adapter)
    likelihoods = []
    for start in range(0, len(answers), rows_per_batch):
        part = slice(start, start + rows_per_batch)
        tokens = [[tokenize_case(base, WeightDiffQA(None, question, answer))] for answer in answers[part]]
        batch = pack_rows(tokens, base.tokenizer.pad_token_id, base.model.dtype)
        with base.under(diffs[part], stacked):
            states = completion_states(base.model, batch)
        losses = completion_losses(base.model.get_output_embeddings(), states, batch.target)
        likelihoods += (-torch.zeros(len(tokens)).index_add(0, batch.row, losses)).tolist()
    return likelihoods
