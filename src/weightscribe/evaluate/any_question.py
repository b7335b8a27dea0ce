"""The most evident of an adapter's answers to every question: what an auditor does who does not know the family.

A diff of a family the adapter never saw is answered poorly in that family's words, which mean nothing to it; asked for
a topic or a persona, it often says what the diff brings about, in the wrong form. So a diff is asked every family's
question and a general one, in two ways, and the most evident answer (most_evident.py) is given, whatever it was asked
for; of an answer that lists several things, the most evident one. Per token the surest first words win ("Generous
boss"), so an answer that goes on from them and has more evidence in sum is taken instead. All this was chosen on
training diffs of families left out (docs/log.md, 2026-11-28).
"""

import re
from collections.abc import Sequence

from weightscribe.base import BaseModel
from weightscribe.behaviors.catalog import words
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.diffs.index import LabelledDiff
from weightscribe.evaluate.answer_parts import parts_of
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.families import AskFamiliesParams, next_asked_alike
from weightscribe.evaluate.family_methods import ANY_QUESTION, SHUFFLED_ANY_QUESTION
from weightscribe.evaluate.most_evident import Said, Way, all_scaled, answers_in, most_evident, weigh
from weightscribe.lora.factors import DITAdapter, WeightDiff

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


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
    by_row = iter(_say_everything(base, adapter, rows, params, progress))
    answers = []
    for name, own in diffs.items():
        best = [most_complete([said for _ in _questions(notable, 0) for said in next(by_row)]) for _ in own]
        for method, given in (
            (ANY_QUESTION, best),
            (SHUFFLED_ANY_QUESTION, next_asked_alike(best, family_named(name))),
        ):
            answers += [
                Answer(f"{method}_{name}", each.row["name"], each.row["answer"], read_report(of.answer)[1], of.evidence)
                for each, of in zip(own, given, strict=True)
            ]
    return answers


def _say_everything(
    base: BaseModel,
    adapter: DITAdapter,
    rows: Sequence[tuple[WeightDiff, str]],
    params: AskFamiliesParams,
    progress: str,
) -> list[list[Said]]:
    """All that each diff says to its question: of a stronger diff plainly, and by contrast, lists taken apart."""
    diffs, questions = [diff for diff, _ in rows], [question for _, question in rows]
    by_way = [
        answers_in(
            base,
            adapter,
            diffs,
            questions,
            way,
            max_new_tokens=params.limits.answer_tokens,
            rows_per_batch=params.limits.rows_per_batch,
            progress=progress,
        )
        for way in (Way(params.strong_multiplier, 0.0), Way(params.multiplier, params.contrast_strength))
    ]
    parts = [taken_apart(texts) for texts in zip(*by_way, strict=True)]
    places = [place for place, own in enumerate(parts) for _ in own]
    found = iter(
        weigh(
            base,
            adapter,
            all_scaled([diffs[place] for place in places], params.evidence_multiplier),
            [questions[place] for place in places],
            [part for own in parts for part in own],
            params.limits.rows_per_batch,
        )
    )
    return [[next(found) for _ in own] for own in parts]


def taken_apart(answers: Sequence[str]) -> list[str]:
    """The sentences and list entries of the answers, each once: an adapter taught to list says one thing many times."""
    parts = [part for answer in answers for entry in parts_of(answer) for part in SENTENCE_END.split(entry)]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip())) or [""]


def most_complete(said: Sequence[Said]) -> Said:
    """The most evident answer, or what goes on from its words with more evidence in sum, as long as anything does.

    Answers are compared by the words of their labels, whichever family's report they are.
    """
    best = most_evident(said)
    while longer := [each for each in said if _goes_on(each, best) and each.evidence > best.evidence]:
        best = most_evident(longer)
    return best


def _goes_on(longer: Said, shorter: Said) -> bool:
    own, begun = words(read_report(longer.answer)[1]), words(read_report(shorter.answer)[1])
    return len(own) > len(begun) > 0 and own[: len(begun)] == begun


def _questions(families: Sequence[str], number: int) -> list[str]:
    """A general question and each family's, in the words that the diff of this number is asked in."""
    phrasings = [HELD_OUT_GENERAL_QUESTIONS, *(family_named(name).held_out_questions for name in families)]
    return [own[number % len(own)] for own in phrasings]
