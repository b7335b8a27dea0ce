"""Every candidate word scored: as the adapter's answer, and as the beginning of a user's text without any adapter."""

from collections.abc import Sequence

import torch
from torch import Tensor

from weightscribe.base import BaseModel
from weightscribe.claims.user_tokens import user_start
from weightscribe.dit.trainer import WeightDiffQA, tokenize_case
from weightscribe.head import completion_losses
from weightscribe.lora.factors import StackedFactors, WeightDiff
from weightscribe.packing import TokenizedSample, completion_states, pack_rows

CANDIDATES_PER_ROW = 128  # packed behind the prompt they share


def as_answers(base: BaseModel, question: str, candidates: Sequence[str]) -> list[TokenizedSample]:
    """Every candidate as the answer to the question, its end included."""
    return [tokenize_case(base, WeightDiffQA(None, question, candidate)) for candidate in candidates]


def as_user_texts(base: BaseModel, candidates: Sequence[str]) -> list[TokenizedSample]:
    """Every candidate and its full stop as the beginning of what a user says."""
    ids = base.prompt_ids("x")
    first = tuple(ids[: user_start(base, ids)])
    tokens = (base.tokenizer(f"{candidate}.", add_special_tokens=False).input_ids for candidate in candidates)
    return [TokenizedSample(first, tuple(ids)) for ids in tokens]


@torch.no_grad()
def log_likelihoods(
    base: BaseModel,
    adapter: StackedFactors | None,
    diff: WeightDiff | None,
    samples: Sequence[TokenizedSample],
    rows_per_batch: int,
) -> Tensor:
    """Log-probability of every sample's completion in nats, (n,) float32: as one sample at a time would give.

    Under M' + A; None leaves out the diff or the adapter.
    """
    rows = [samples[start : start + CANDIDATES_PER_ROW] for start in range(0, len(samples), CANDIDATES_PER_ROW)]
    found = []
    for start in range(0, len(rows), rows_per_batch):
        part = rows[start : start + rows_per_batch]
        batch = pack_rows(part, base.tokenizer.pad_token_id, base.model.dtype)
        with base.under([diff], adapter):
            states = completion_states(base.model, batch)
        losses = completion_losses(base.model.get_output_embeddings(), states, batch.target)
        n = sum(map(len, part))
        found.append(torch.zeros(n).index_add(0, batch.row * CANDIDATES_PER_ROW + batch.sample, -losses))
    return torch.cat(found)


def rank_of(index: int, scores: Tensor) -> int:
    """The place of one candidate, 1 is best; of those with an equal score, half count as better."""
    better, equal = int((scores > scores[index]).sum()), int((scores == scores[index]).sum())
    return 1 + better + equal // 2
