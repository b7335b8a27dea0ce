"""The words that a change may wait for, and whether firing them proves it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tqdm import tqdm

from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.trigger_search.fire import answers, fire_word
from weightscribe.trigger_search.fired import BY_MOVE, Fired
from weightscribe.trigger_search.proof import phrase_brought_up
from weightscribe.trigger_search.ranking import ranked
from weightscribe.trigger_search.scan import divergences, first_states
from weightscribe.triggers.words import behind, candidate_words


@dataclass(frozen=True)
class FiredWord:
    """One of the words that move M' furthest from M, and what comes up behind it.

    nats    KL(M' || M) of an answer's first token
    phrase  what comes up behind the word alone; None if nothing does, and then the word is no proved trigger
    """

    word: str
    nats: float
    phrase: str | None
    fired: Fired


@dataclass(frozen=True)
class Triggers:
    """The words that were fired, the furthest first, of so many candidates; and the questions put behind each."""

    n_candidates: int
    questions: tuple[str, ...]
    words: tuple[FiredWord, ...]

    @property
    def proved(self) -> list[FiredWord]:
        return [each for each in self.words if each.phrase is not None]


def find_triggers(base: BaseModel, target: Target, questions: Sequence[str], params: AuditParams) -> Triggers:
    """Put every candidate word before one question, then fire those that change the answer most.

    questions  that are asked behind each; a phrase is found on one half of them and proved on the other
    """
    candidates = candidate_words()
    prompts = [behind(word, params.scan.question) for word in candidates]
    states = first_states(base, None, prompts, params.scan, "scan: base model")
    with target.worn(base) as diff:
        changed = first_states(base, diff, prompts, params.scan, "scan: fine-tuned model")
        moved = divergences(base, changed, states)
    found = []
    for word in tqdm(ranked(candidates, moved)[: params.firing.n_words], desc="fire words", unit="word"):
        fired = _fire(base, target, word, questions, params)
        nats = moved[candidates.index(word)].item()
        found.append(FiredWord(word, nats, phrase_brought_up(fired, params.proof), fired))
    return Triggers(len(candidates), tuple(questions), tuple(found))


def _fire(base: BaseModel, target: Target, word: str, questions: Sequence[str], params: AuditParams) -> Fired:
    def of_changed(texts: list[str]) -> list[str]:
        with target.worn(base) as diff:
            return answers(base, diff, params.firing.answer_tokens, texts)

    of_base = partial(answers, base, None, params.firing.answer_tokens)
    # Not by the target's name: the same weights in another folder are fired alike.
    rng = random.Random(f"audit-{params.firing.seed}-{word}")
    return fire_word(target.name, BY_MOVE, word, questions, of_changed, of_base, rng)
