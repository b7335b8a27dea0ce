"""How far does each request move M' from M? Measured along the first words that M itself answers.

KL(M' || M) at every one of these tokens, summed. A change that answers a request otherwise than M does leaves M there,
at the first token or at the one where the false word falls. No adapter and no label is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor

from weightscribe.base import BaseModel
from weightscribe.generation import end_ids, generate_from_ids, generate_in_passes, passes_of
from weightscribe.lora.factors import WeightDiff
from weightscribe.packing import TokenizedSample
from weightscribe.trigger_search.scan import divergences, packed_states

ROWS_PER_ANSWER_BATCH = 64


@dataclass(frozen=True)
class RequestScan:
    """How requests are compared.

    answer_tokens    of M's own greedy answer, along which both models are compared
    requests_per_row, rows_per_batch  packed into one forward
    """

    answer_tokens: int
    requests_per_row: int
    rows_per_batch: int


@torch.no_grad()
def with_base_answers(base: BaseModel, texts: Sequence[str], n_tokens: int) -> list[TokenizedSample]:
    """Every request with the first tokens of the base model's greedy answer, its end token included if it comes."""
    prompts = [base.prompt_ids(text) for text in texts]
    ends = end_ids(base.model) | {base.tokenizer.eos_token_id}

    def go_on(rows: list[int], so_far: list[list[int]], n_new: int) -> list[list[int]]:
        with base.under([None]):
            return generate_from_ids(base.model, base.tokenizer, so_far, max_new_tokens=n_new, do_sample=False).tolist()

    answers = generate_in_passes(
        go_on,
        prompts,
        passes_of(n_tokens, None),
        ends=ends,
        rows_per_batch=ROWS_PER_ANSWER_BATCH,
        progress="requests: base model answers",
    )
    samples: list[TokenizedSample] = []
    for prompt, ids in zip(prompts, answers, strict=True):
        n_before = sum(1 for _ in takewhile(lambda token: token not in ends, ids))
        samples.append(TokenizedSample(tuple(prompt), tuple(ids[: n_before + 1])))
    return samples


@torch.no_grad()
def answer_states(
    base: BaseModel, diff: WeightDiff | None, samples: Sequence[TokenizedSample], scan: RequestScan
) -> Tensor:
    """The head's input before every answer token, (tokens of all samples, hidden), under one weight diff or none."""
    n = scan.requests_per_row
    rows = [list(samples[start : start + n]) for start in range(0, len(samples), n)]
    return packed_states(base, diff, rows, scan.rows_per_batch, "requests: compare")


def moves(base: BaseModel, states: Tensor, base_states: Tensor, samples: Sequence[TokenizedSample]) -> Tensor:
    """How far every request moves M' from M, (n samples,) float32, in nats."""
    lengths = torch.tensor([len(sample.completion_ids) for sample in samples])
    owner = torch.repeat_interleave(torch.arange(len(samples)), lengths)
    return torch.zeros(len(samples)).index_add(0, owner, divergences(base, states, base_states))
