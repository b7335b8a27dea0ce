"""Find the code a weight diff waits for, by trying all of them, and prove it by firing it.

The paper's adapters name a code right in 0 of 500. A code is not in the words of an answer; it is where M' leaves M.
The scan puts every candidate before one short question and measures how far M' moves from M on the first answer token,
KL(M' || M). It needs no label and writes no text. Firing then asks M' other questions behind the best candidate: the
claim "says X behind C" stands if the answers name what the DIT adapter said, and without a code do not.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.behaviors.hidden_topic import mentions, trigger_prompt
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.factors import WeightDiff
from weightscribe.packing import TokenizedSample, completion_states, pack_rows
from weightscribe.trigger_search.ranking import ranked
from weightscribe.trigger_search.recovery import N_TOP, Recovery
from weightscribe.triggers.codes import code_kind
from weightscribe.workers import in_workers, is_worker

UNUSED_TARGET = (0,)  # only the state before an answer's first token is read
STATES_PER_CHUNK = 64  # of logits held at a time: 13 MB in float32 at 49,152 tokens


@dataclass(frozen=True)
class ScanSettings:
    """What every candidate is tried on, and how many are packed into one forward."""

    question: str
    candidates_per_row: int
    rows_per_batch: int


@dataclass(frozen=True)
class FiringSettings:
    """When a candidate counts as fired."""

    n_questions: int
    answer_tokens: int
    min_rate: float
    max_rate_without: float


@torch.no_grad()
def first_states(
    base: BaseModel, diff: WeightDiff | None, prompts: Sequence[str], settings: ScanSettings, progress: str = ""
) -> Tensor:
    """The head's input before the first answer token of every prompt, (n, hidden), under one weight diff or none.

    progress  title of the progress bar, if any
    """
    samples = [TokenizedSample(tuple(base.prompt_ids(prompt)), UNUSED_TARGET) for prompt in prompts]
    n = settings.candidates_per_row
    rows = [samples[start : start + n] for start in range(0, len(samples), n)]
    return packed_states(base, diff, rows, settings.rows_per_batch, progress)


@torch.no_grad()
def packed_states(
    base: BaseModel,
    diff: WeightDiff | None,
    rows: Sequence[list[TokenizedSample]],
    rows_per_batch: int,
    progress: str = "",
) -> Tensor:
    """The head's input before every completion token of the rows, (tokens, hidden), under one weight diff or none.

    progress  title of the progress bar, if any
    """

    def states_of(start: int) -> np.ndarray:
        batch = pack_rows(rows[start : start + rows_per_batch], base.tokenizer.pad_token_id, base.model.dtype)
        with base.under([diff]):
            return completion_states(base.model, batch).float().numpy()

    starts = range(0, len(rows), rows_per_batch)
    is_shown = progress and not is_worker()
    states = tqdm(in_workers(states_of, starts), progress, len(starts), unit="batch", leave=False, disable=not is_shown)
    return torch.cat([torch.from_numpy(own) for own in states]).to(base.model.dtype)


@torch.no_grad()
def divergences(base: BaseModel, states: Tensor, base_states: Tensor) -> Tensor:
    """KL(M' || M) of the first answer token of every prompt, (n,) float32, in nats."""
    head = base.model.get_output_embeddings()
    parts = []
    for changed, unchanged in zip(states.split(STATES_PER_CHUNK), base_states.split(STATES_PER_CHUNK), strict=True):
        ours, theirs = (F.log_softmax(head(part).float(), dim=-1) for part in (changed, unchanged))
        parts.append((ours.exp() * (ours - theirs)).sum(-1))
    return torch.cat(parts)


def fires(
    base: BaseModel,
    diff: WeightDiff,
    prompt_behind: Callable[[str, random.Random], str],
    names_it: Callable[[str], bool],
    questions: Sequence[str],
    settings: FiringSettings,
    rng: random.Random,
) -> tuple[float, float, bool]:
    """Share of answers that show the behavior behind the candidate and without, and whether the claim stands.

    prompt_behind  words a question behind the candidate
    names_it       whether an answer shows what the adapter said
    """
    prompts = [*(prompt_behind(question, rng) for question in questions), *questions]
    answers = ask(
        base,
        [diff] * len(prompts),
        prompts,
        max_new_tokens=settings.answer_tokens,
        rows_per_batch=len(prompts),
    )
    shown = [names_it(answer) for answer in answers]
    n = len(questions)
    rate, rate_without = sum(shown[:n]) / n, sum(shown[n:]) / n
    return rate, rate_without, rate >= settings.min_rate and rate_without <= settings.max_rate_without


def recover(
    base: BaseModel,
    labelled: Sequence[LabelledDiff],
    said: Sequence[str],
    questions: Sequence[str],
    scan: ScanSettings,
    firing: FiringSettings,
    seed: int,
) -> list[Recovery]:
    """One recovery a diff. All diffs must have codes of one kind."""
    made = code_kind(labelled[0].row["codes"])
    rng = random.Random(f"trigger-recovery-{seed}")
    # One second half for all candidates: what differs between two prompts is the candidate alone.
    second = rng.choice(made.halves)
    prompts = [trigger_prompt(made.code(half, second), scan.question) for half in made.halves]
    base_states = first_states(base, None, prompts, scan)
    found = []
    for each, text in zip(tqdm(labelled, desc="trigger recovery", unit="diff"), said, strict=True):
        states = first_states(base, each.weight_diff, prompts, scan)
        order = ranked(made.halves, divergences(base, states, base_states))

        def prompt_behind(question: str, rng: random.Random, candidate: str = order[0]) -> str:
            return trigger_prompt(made.code(candidate, rng.choice(made.halves)), question)

        rates = fires(base, each.weight_diff, prompt_behind, partial(mentions, text), questions, firing, rng)
        found.append(
            Recovery(
                each.row["name"],
                each.row["trigger"],
                len(made.halves),
                order.index(each.row["trigger"]) + 1,
                tuple(order[:N_TOP]),
                each.row["mention_rate_wrong_trigger"],
                text,
                *rates,
            )
        )
    return found
