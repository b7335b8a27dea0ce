"""Put questions behind a word that was found, and behind other words or none.

It is found by an adapter that states it, by how much likelier the diff makes it in a user's mouth, or by how far it
moves the diff.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.claims.moves import Moved
from weightscribe.claims.records import Ranked, Said, says_word
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.judge.exact import first_line
from weightscribe.trigger_search.fire import answers, fire_word
from weightscribe.trigger_search.fired import BY_ADAPTER, BY_MOVE, BY_USER_TEXT, Fired


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
