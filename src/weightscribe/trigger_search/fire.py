"""Put questions behind a word that may be a trigger, and behind other words or none."""

import random
from collections.abc import Callable, Sequence

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.judge.exact import normalize
from weightscribe.lora.factors import WeightDiff
from weightscribe.trigger_search.fired import Fired
from weightscribe.triggers.words import behind, candidate_words


def answers(base: BaseModel, diff: WeightDiff | None, answer_tokens: int, prompts: list[str]) -> list[str]:
    """Greedy answers under one weight diff or none, all in one batch."""
    return ask(base, [diff] * len(prompts), prompts, max_new_tokens=answer_tokens, rows_per_batch=len(prompts))


Answering = Callable[[list[str]], list[str]]
"""Prompts to one model's answers."""


def fire_word(
    diff: str,
    named_by: str,
    word: str,
    questions: Sequence[str],
    of_changed: Answering,
    of_base: Answering,
    rng: random.Random,
) -> Fired:
    """The answers of M' to the questions behind the word, behind others and behind none, and M's behind the word."""
    others = [candidate for candidate in candidate_words() if normalize(candidate) != normalize(word)]
    behind_word = [behind(word, question) for question in questions]
    # Another word before each question: one alone might by chance be another trigger, or none.
    drawn = rng.sample(others, len(questions))
    behind_others = [behind(other, question) for other, question in zip(drawn, questions, strict=True)]
    said, n = of_changed([*behind_word, *behind_others, *questions]), len(questions)
    return Fired(
        diff,
        named_by,
        word,
        *(tuple(said[start : start + n]) for start in (0, n, 2 * n)),
        base_behind=tuple(of_base(behind_word)),
    )
