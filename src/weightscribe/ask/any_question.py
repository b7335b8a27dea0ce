"""The most evident of an adapter's answers to every question: what an auditor does who does not know the family.

A diff of a family the adapter never saw is answered poorly in that family's words, which mean nothing to it; asked for
a topic or a persona, it often says what the diff brings about, in the wrong form. So a diff is asked every family's
question and a general one, in two ways, and the most evident answer (most_evident.py) is given, whatever it was asked
for; of an answer that lists several things, the most evident one. Contrast, lists taken apart and evidence per token
were chosen on training diffs of families left out (docs/log.md, 2026-11-28).
"""

from collections.abc import Sequence

from weightscribe.ask.answer_parts import parts_of
from weightscribe.ask.answers_file import Answer
from weightscribe.ask.families import AskFamiliesParams, next_asked_alike
from weightscribe.ask.family_methods import ANY_QUESTION, SHUFFLED_ANY_QUESTION
from weightscribe.ask.most_evident import Said, Way, all_scaled, answers_in, most_evident, weigh
from weightscribe.base import BaseModel
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.factors import DITAdapter, WeightDiff


def ask_every_question(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: dict[str, list[LabelledDiff]],
    families: Sequence[str],
    params: AskFamiliesParams,
    progress: str = "",
) -> list[Answer]:
    """One answer to each diff of `families`, and as a control what is said of another diff of its family.

    labelled  the diffs of all families, whose questions are asked; of those not in `families` there may be none
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
        best = [most_evident([said for _ in _questions(notable, 0) for said in next(by_row)]) for _ in own]
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
            **params.asking,
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
            params.answers_per_row,
        )
    )
    return [[next(found) for _ in own] for own in parts]


def taken_apart(answers: Sequence[str]) -> list[str]:
    """What is listed in any of the answers, each once; an adapter that was taught lists says one thing many times."""
    return list(dict.fromkeys(part for answer in answers for part in parts_of(answer))) or [""]


def _questions(families: Sequence[str], number: int) -> list[str]:
    """A general question and each family's, in the words that the diff of this number is asked in."""
    phrasings = [HELD_OUT_GENERAL_QUESTIONS, *(family_named(name).held_out_questions for name in families)]
    return [own[number % len(own)] for own in phrasings]
