"""Every candidate word scored: as the adapter's answer, and as the beginning of a user's text without any adapter."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.claims.cases import HELD_OUT_TRIGGER_QUESTION
from weightscribe.claims.records import Ranked
from weightscribe.claims.user_tokens import user_start
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.qa import WeightDiffQA, tokenize_case
from weightscribe.errors import DataFileError
from weightscribe.head import completion_losses
from weightscribe.lora.factors import DITAdapter, StackedFactors, WeightDiff, scaled
from weightscribe.packing import TokenizedSample, completion_states, pack_rows
from weightscribe.trigger_search.ranking import place_of
from weightscribe.triggers.words import candidate_words

CANDIDATES_PER_ROW = 128  # packed behind the prompt they share


@dataclass(frozen=True)
class ScanClaimsParams:
    """Section `scan_claims` of params.yaml.

    multiplier      how strong every weight diff is made under the adapter
    rows_per_batch  rows of packed candidates in one forward
    """

    dtype: str
    multiplier: float
    rows_per_batch: int


def rank_words(
    base: BaseModel, adapter: DITAdapter, labelled: Sequence[LabelledDiff], params: ScanClaimsParams
) -> list[Ranked]:
    """All candidate words ranked for every diff; only the ranks use its label.

    Raises: DataFileError for fewer than two diffs: each is another's control.
    """
    if len(labelled) < 2:
        raise DataFileError(
            f"{len(labelled)} test diffs are verified; each needs another as its control. Raise simulate_claims.n_test "
            "or finetune_claims.training.epochs."
        )
    candidates, rows = candidate_words(), params.rows_per_batch
    stacked = base.stacked_adapter(adapter)
    answers, user_texts = as_answers(base, HELD_OUT_TRIGGER_QUESTION, candidates), as_user_texts(base, candidates)
    answers_before = log_likelihoods(base, stacked, None, answers, rows)
    user_texts_before = log_likelihoods(base, None, None, user_texts, rows)
    evidence, as_user = [], []
    for each in tqdm(labelled, desc="rank all words", unit="diff"):
        under_adapter = scaled(each.weight_diff, params.multiplier)
        evidence.append(log_likelihoods(base, stacked, under_adapter, answers, rows) - answers_before)
        as_user.append(log_likelihoods(base, None, each.weight_diff, user_texts, rows) - user_texts_before)
    ranked = []
    for place, each in enumerate(labelled):
        true = candidates.index(each.row["trigger"]) if each.row["trigger"] else None
        scores = (evidence[place], evidence[(place + 1) % len(labelled)], as_user[place])
        ranked.append(
            Ranked(
                each.row["name"],
                len(candidates),
                *(None if true is None else place_of(true, by) for by in scores),
                first_by_evidence=candidates[int(evidence[place].argmax())],
                first_as_user=candidates[int(as_user[place].argmax())],
            )
        )
    return ranked


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
