"""The most evident of an adapter's answers to every question: what an auditor does who does not know the family.

A diff of a family the adapter never saw is answered poorly in that family's words, which mean nothing to it; asked for
a topic or a persona, it often says what the diff brings about, in the wrong form. So a diff is asked every family's
question and a general one, decoded by contrast (contrast.py), and the most evident answer (most_evident.py) is given,
whatever it was asked for. That was chosen on training diffs of families left out (docs/log.md, 2026-11-28).
"""

from collections.abc import Sequence

from weightscribe.base import BaseModel
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.diffs.index import LabelledDiff
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.families import AskFamiliesParams, next_asked_alike
from weightscribe.evaluate.family_methods import ANY_QUESTION, SHUFFLED_ANY_QUESTION
from weightscribe.evaluate.most_evident import Way, most_evident, say
from weightscribe.lora.factors import DITAdapter


def ask_every_question(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: dict[str, list[LabelledDiff]],
    families: Sequence[str],
    params: AskFamiliesParams,
    progress: str = "",
) -> list[Answer]:
    """One answer to each test diff of `families`, and as a control what is said of another diff of its family.

    labelled  the test diffs of all families, whose questions are asked
    """
    notable = [name for name in labelled if not family_named(name).is_benign]
    diffs = {name: labelled[name][: params.n_per_family] for name in families if name in notable}
    rows = [
        (each.weight_diff, question)
        for own in diffs.values()
        for number, each in enumerate(own)
        for question in _questions(notable, number)
    ]
    everything = iter(
        say(
            base,
            adapter,
            [diff for diff, _ in rows],
            [question for _, question in rows],
            Way(params.multiplier, params.contrast_strength),
            evidence_multiplier=params.evidence_multiplier,
            max_new_tokens=params.limits.answer_tokens,
            rows_per_batch=params.limits.rows_per_batch,
            progress=progress,
        )
    )
    answers = []
    for name, own in diffs.items():
        best = [most_evident([next(everything) for _ in _questions(notable, 0)]) for _ in own]
        for method, given in (
            (ANY_QUESTION, best),
            (SHUFFLED_ANY_QUESTION, next_asked_alike(best, family_named(name))),
        ):
            answers += [
                Answer(f"{method}_{name}", each.row["name"], each.row["answer"], read_report(of.answer)[1], of.evidence)
                for each, of in zip(own, given, strict=True)
            ]
    return answers


def _questions(families: Sequence[str], number: int) -> list[str]:
    """A general question and each family's, in the words that the diff of this number is asked in."""
    phrasings = [HELD_OUT_GENERAL_QUESTIONS, *(family_named(name).held_out_questions for name in families)]
    return [own[number % len(own)] for own in phrasings]
