"""The word that a change waits for, if it waits for one, and whether firing it proves that."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from tqdm import tqdm

from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.claims.fire import answers, fire_word
from weightscribe.claims.moves import BY_MOVE
from weightscribe.claims.prompts import behind
from weightscribe.claims.proof import phrase_brought_up
from weightscribe.claims.records import Fired
from weightscribe.claims.words import candidate_words
from weightscribe.errors import ParamsError
from weightscribe.evaluate.trigger_scan import ScanSettings, divergences, first_states, ranked
from weightscribe.lora.factors import WeightDiff

N_SHOWN = 3


@dataclass(frozen=True)
class FoundTrigger:
    """The candidate word that moves M' furthest from M, and what comes up behind it.

    runners_up  the words behind it; their nats, as its own, are KL(M' || M) of an answer's first token
    phrase      what comes up behind the word alone; None if nothing does, and then the word is no trigger
    """

    word: str
    nats: float
    runners_up: tuple[tuple[str, float], ...]
    n_candidates: int
    phrase: str | None
    fired: Fired


def find_trigger(base: BaseModel, target: Target, questions: Sequence[str], params: AuditParams) -> FoundTrigger:
    """Put every candidate word before one question, then fire the one that changes the answer most.

    questions  of which the first `firing.n_questions` are asked behind it
    Raises: ParamsError for fewer than two questions: a phrase is found on one half and proved on the other.
    """
    firing = params.firing
    if not 2 <= firing.n_questions <= len(questions):
        raise ParamsError(f"audit.firing.n_questions is {firing.n_questions}. Use 2 to {len(questions)}.")
    candidates = candidate_words()
    prompts = [behind(word, params.scan.question) for word in candidates]
    states = _states(base, None, prompts, params.scan, "scan: base model")
    with target.worn(base) as diff:
        moved = divergences(base, _states(base, diff, prompts, params.scan, "scan: fine-tuned model"), states)
    furthest = [(word, moved[candidates.index(word)].item()) for word in ranked(candidates, moved)[:N_SHOWN]]

    def of_changed(texts: list[str]) -> list[str]:
        with target.worn(base) as diff:
            return answers(base, diff, firing.answer_tokens, texts)

    word, nats = furthest[0]
    fired = fire_word(
        target.name,
        BY_MOVE,
        word,
        questions[: firing.n_questions],
        of_changed,
        partial(answers, base, None, firing.answer_tokens),
        random.Random(f"audit-{firing.seed}-{target.name}-{word}"),
    )
    return FoundTrigger(word, nats, tuple(furthest[1:]), len(candidates), phrase_brought_up(fired, params.proof), fired)


def _states(base: BaseModel, diff: WeightDiff | None, prompts: Sequence[str], scan: ScanSettings, what: str) -> Tensor:
    """As `first_states`, some rows at a time behind a progress bar."""
    n = scan.candidates_per_row * scan.rows_per_batch
    parts = [prompts[start : start + n] for start in range(0, len(prompts), n)]
    return torch.cat([first_states(base, diff, part, scan) for part in tqdm(parts, desc=what, unit="batch")])
