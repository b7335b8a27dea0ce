"""Put questions behind a word that was found, and behind other words or none.

It is found by an adapter that states it, by how much likelier the diff makes it in a user's mouth, or by how far it
moves the diff.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tqdm import tqdm

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.claims.moves import BY_MOVE, Moved
from weightscribe.claims.prompts import behind
from weightscribe.claims.records import BY_ADAPTER, BY_USER_TEXT, Fired, Ranked, Said, says_word
from weightscribe.claims.words import candidate_words
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.judge.exact import first_line, normalize
from weightscribe.lora.factors import WeightDiff


@dataclass(frozen=True)
class FireClaimsParams:
    """Section `fire_claims` of params.yaml.

    n_questions  of held-out styles, each behind the word, behind another one and behind none
    seed         of the other words
    """

    dtype: str
    n_questions: int
    answer_tokens: int
    seed: int


def fire_words(
    base: BaseModel,
    labelled: Sequence[LabelledDiff],
    said: Sequence[Said],
    ranked: Sequence[Ranked],
    moved: Sequence[Moved],
    questions: Sequence[str],
    params: FireClaimsParams,
) -> list[Fired]:
    """Of every diff the word that was stated of it, if any was, the likeliest user's text, and the furthest word.

    said, ranked, moved  one a diff, in the diffs' order; of these only `said`, `first_as_user` and `furthest` are read
    Raises: DataFileError if they are not of the same diffs.
    """
    names = [each.row["name"] for each in labelled]
    if any([each.diff for each in found] != names for found in (said, ranked, moved)):
        raise DataFileError(
            "What was said, ranked and scanned is not of the weight diffs that are verified now. "
            "Run `dvc repro fire_claims`."
        )
    fired = []
    of_all = zip(labelled, said, ranked, moved, strict=True)
    for each, own, ranks, moves in tqdm(of_all, desc="fire words", unit="diff", total=len(labelled)):
        words = {BY_USER_TEXT: ranks.first_as_user, BY_MOVE: moves.furthest[0]}
        if says_word(own.said):
            words[BY_ADAPTER] = first_line(own.said).strip(" .\"'")
        shots: dict[str, Fired] = {}  # a word found in several ways is fired once
        for named_by, word in sorted(words.items()):
            if word not in shots:
                name = each.row["name"]
                rng = random.Random(f"fire-{params.seed}-{name}-{word}")
                models = (partial(answers, base, diff, params.answer_tokens) for diff in (each.weight_diff, None))
                shots[word] = fire_word(name, named_by, word, questions, *models, rng)
            fired.append(replace(shots[word], named_by=named_by))
    return fired


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
