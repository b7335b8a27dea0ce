"""A weight diff asked in several ways, and of what it answers the answer with the most evidence.

A way is how strong the diff is made and whether its answer is decoded by contrast (contrast.py). None suits all diffs:
weak in the wrong place, a diff is answered with nothing notable, which every way finds likely; too strong, it is
answered with what it brings about by accident. Evidence (evidence.py), measured where the diff is weak, tells them
apart, per token: long answers would else win by their length. Chosen in docs/log.md, 2026-11-28.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.ask.evidence import evidence
from weightscribe.base import BaseModel
from weightscribe.lora.factors import DITAdapter, WeightDiff, scaled


@dataclass(frozen=True)
class Way:
    """How a diff is asked.

    multiplier  of the diff
    contrast    strength of the contrast its answer is decoded by; 0 is M' + A's own answer
    """

    multiplier: float
    contrast: float


@dataclass(frozen=True)
class Said:
    """One answer.

    evidence  in nats, summed over its tokens
    n_tokens  its end included
    """

    answer: str
    evidence: float
    n_tokens: int

    @property
    def per_token(self) -> float:
        """Evidence in nats per token."""
        return self.evidence / self.n_tokens


def say(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    way: Way,
    *,
    evidence_multiplier: float,
    max_new_tokens: int,
    first_tokens: int | None = None,
    rows_per_batch: int,
    answers_per_row: int = 1,
    progress: str = "",
) -> list[Said]:
    """Each diff's answer to its question, asked in that way, with its evidence.

    evidence_multiplier  of the diffs that evidence is measured on
    first_tokens         as in answers.ask
    answers_per_row      as in evidence.log_likelihoods
    """
    limits = {"max_new_tokens": max_new_tokens, "first_tokens": first_tokens, "rows_per_batch": rows_per_batch}
    said = answers_in(base, adapter, diffs, questions, way, **limits, progress=progress)
    weaker = all_scaled(diffs, evidence_multiplier)
    return weigh(base, adapter, weaker, questions, said, rows_per_batch, answers_per_row)


def answers_in(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    way: Way,
    *,
    max_new_tokens: int,
    first_tokens: int | None = None,
    rows_per_batch: int,
    progress: str = "",
) -> list[str]:
    """Each diff's answer to its question, asked in that way."""
    stronger, prompts = all_scaled(diffs, way.multiplier), list(questions)
    limits = {
        "max_new_tokens": max_new_tokens,
        "first_tokens": first_tokens,
        "rows_per_batch": rows_per_batch,
        "progress": progress,
    }
    if way.contrast:
        return ask_by_contrast(base, adapter, stronger, prompts, strength=way.contrast, **limits)
    return ask(base, stronger, prompts, adapter=adapter, **limits)


def weigh(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    answers: Sequence[str],
    rows_per_batch: int,
    answers_per_row: int = 1,
) -> list[Said]:
    """The answers with the evidence that the diffs give them as they are."""
    found = evidence(base, adapter, diffs, questions, answers, rows_per_batch, answers_per_row)
    n_tokens = [len(base.tokenizer(text, add_special_tokens=False)["input_ids"]) + 1 for text in answers]
    return list(map(Said, answers, found, n_tokens))


def most_evident(said: Sequence[Said]) -> Said:
    """The answer with the most evidence per token; of the same the first."""
    return max(said, key=lambda each: each.per_token)


def all_scaled(diffs: Sequence[WeightDiff | None], multiplier: float) -> list[WeightDiff | None]:
    """Each diff so strong; one that comes often is made once."""
    found = {id(diff): diff if diff is None else scaled(diff, multiplier) for diff in diffs}
    return [found[id(diff)] for diff in diffs]
