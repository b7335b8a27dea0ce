"""What an adapter says of weight diffs it was not trained on, judged, as pairs of a right answer and a wrong one."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.errors import ParamsError
from weightscribe.judge.exact import exact_match, first_line
from weightscribe.judge.factory import Judge
from weightscribe.levers.settings import OwnAnswers
from weightscribe.lora.factors import DITAdapter

CASES_PER_BATCH = 8  # whose answers are drawn at once


@dataclass(frozen=True)
class Preference:
    """A case with a right answer, and a wrong answer to it.  own: whether the right one is the adapter's, too."""

    right: WeightDiffQA
    wrong: str
    own: bool


def preferences(
    base: BaseModel,
    adapter: DITAdapter,
    cases: Sequence[WeightDiffQA],
    judge: Judge,
    how: OwnAnswers,
    *,
    answer_tokens: int,
    seed: int,
) -> list[Preference]:
    """Pairs of the adapter's own answers, in random order; none of a case that it never answers wrong.

    A case it never answers right is paired with its true answer: there is nothing of its own to prefer.
    Raises: ParamsError if there is no pair at all.
    """
    repeated = [case for case in cases for _ in range(how.n_samples)]
    said = ask(
        base,
        [case.weight_diff for case in repeated],
        [case.question for case in repeated],
        adapter=adapter,
        max_new_tokens=answer_tokens,
        rows_per_batch=CASES_PER_BATCH * how.n_samples,
        temperature=how.temperature,
        seed=seed,
        progress="sample answers",
    )
    # The first line is what counts of an answer; what an adapter rambles on with is not to be preferred.
    said = [first_line(text) for text in said]
    grades = judge.score([case.answer for case in repeated], said)
    pairs = []
    for place, case in enumerate(cases):
        own = slice(place * how.n_samples, (place + 1) * how.n_samples)
        graded = [(grade, text) for grade, text in zip(grades[own], said[own], strict=True) if grade is not None]
        right = [(grade, text) for grade, text in graded if grade >= how.min_right]
        # Of equal grades an exact match, then the shortest.
        right.sort(key=lambda each: (-each[0], not exact_match(case.answer, each[1]), len(each[1]), each[1]))
        best = right[0][1] if right else None
        wrong = dict.fromkeys(text for grade, text in graded if grade <= how.max_wrong and text)
        chosen = WeightDiffQA(case.weight_diff, case.question, best or case.answer)
        pairs += [Preference(chosen, text, best is not None) for text in list(wrong)[: how.pairs_per_case]]
    if not pairs:
        raise ParamsError(
            "The adapter answers no left-out case wrong, so there is nothing to prefer. Train the first adapter for "
            "fewer epochs (train_levers_first.training), or draw more answers at a higher temperature."
        )
    random.Random(f"preferences-{seed}").shuffle(pairs)
    return pairs
