"""Questions about diffs of every behavior family, through one DIT adapter, in words no adapter was trained on.

Each diff is asked its family's question, or a general one that does not tell the family; as a control, another diff of
the family stands in its place, or none. Sums of two families' diffs are asked the general question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from weightscribe.answers import ask
from weightscribe.ask.answers_file import Answer
from weightscribe.ask.evidence import evidence
from weightscribe.ask.family_methods import (
    CHECKLIST,
    GENERAL,
    NO_DIFF,
    PAIR,
    RANDOM,
    SHUFFLED,
    SPECIFIC,
    STORY,
    UNCHANGED,
)
from weightscribe.ask.limits import Limits
from weightscribe.base import BaseModel
from weightscribe.behaviors.combined import COMBINED, couples
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS, SEPARATOR, Family
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.family_cases import report_of
from weightscribe.lora.factors import (
    DITAdapter,
    WeightDiff,
    check_has_another,
    random_diff_of_equal_norm,
    scaled,
    sum_of,
)
from weightscribe.params import check_at_least


@dataclass(frozen=True)
class AskFamiliesParams:
    """Section `ask_families` of params.yaml.

    first_tokens  answers longer than that, twice, four times that go on in batches of their own (answers.ask)
    answers_per_row  so many answers of one diff to one question are weighed in one row (evidence.py)
    multiplier  of every weight diff asked
    strong_multiplier  of it where it is asked once more, stronger (own_question.py)
    evidence_multiplier  of it where evidence is measured: low, what was taught still shows there, accidents do not
    n_per_family  diffs asked of a family, the first of its index
    n_pairs  sums of two families' diffs
    contrast_strength  of answers decoded by contrast (contrast.py)
    """

    dtype: str
    limits: Limits
    first_tokens: int
    answers_per_row: int
    multiplier: float
    strong_multiplier: float
    evidence_multiplier: float
    n_per_family: int
    n_pairs: int
    contrast_strength: float
    seed: int

    def __post_init__(self) -> None:
        check_at_least(self, 1, "first_tokens", "answers_per_row")

    @property
    def asking(self) -> dict[str, int]:
        """The numbers that `answers.ask`, and asking by contrast, take by name."""
        return {
            "max_new_tokens": self.limits.answer_tokens,
            "first_tokens": self.first_tokens,
            "rows_per_batch": self.limits.rows_per_batch,
        }


@dataclass(frozen=True)
class FamilyQuestion:
    """One question to one model: `method` is how it is asked, `family` what the model was taught.

    of_family  whose question it is, of a checklist
    """

    method: str
    family: str
    name: str
    diff: WeightDiff | None
    question: str
    target: str
    of_family: str | None = None


def questions_of(
    labelled: dict[str, list[LabelledDiff]],
    combined: list[LabelledDiff],
    trained_on: Sequence[str],
    params: AskFamiliesParams,
) -> list[FamilyQuestion]:
    """All questions for an adapter that was trained on some of the families, in an order that depends on the diffs.

    Every adapter: those of questions_about_families. One of several families also: the unchanged model and random
    diffs. One of all families also: of several changes at once the general question and every family's own.
    combined  diffs that were taught two behaviors, whose answer lists both
    """
    asked = questions_about_families(labelled, trained_on, params)
    if len(trained_on) > 1:
        asked += _nothing_taught(_at_most(labelled, params), params.seed)
    if all(name in trained_on for name in labelled):
        asked += questions_about_several(labelled, combined, params)
    return asked


def questions_about_families(
    labelled: dict[str, list[LabelledDiff]], trained_on: Sequence[str], params: AskFamiliesParams
) -> list[FamilyQuestion]:
    """Each family's own question about its diffs, for an adapter that was trained on some of the families.

    One of several families also: controls for the families it never saw, or for all if it saw all; general questions
    about benign diffs, or about all if it saw all.
    """
    labelled = _at_most(labelled, params)
    unseen = [name for name in labelled if name not in trained_on]
    return [
        question
        for name, own in labelled.items()
        for question in _of_family(
            name,
            own,
            with_controls=len(trained_on) > 1 and name in (unseen or labelled),
            with_general=not unseen or (family_named(name).is_benign and len(trained_on) > 1),
        )
    ]


def _at_most(labelled: dict[str, list[LabelledDiff]], params: AskFamiliesParams) -> dict[str, list[LabelledDiff]]:
    return {name: own[: params.n_per_family] for name, own in labelled.items()}


def _of_family(name: str, own: list[LabelledDiff], with_controls: bool, with_general: bool) -> Iterator[FamilyQuestion]:
    family = family_named(name)
    diffs, with_controls = [each.weight_diff for each in own], with_controls and not family.is_benign
    others = next_asked_alike(diffs, family) if with_controls else diffs
    for number, (each, other) in enumerate(zip(own, others, strict=True)):
        of_diff, label = (name, each.row["name"]), each.row["answer"]
        specific = _of(family.held_out_questions, number)
        if not family.is_benign:
            yield FamilyQuestion(SPECIFIC, *of_diff, each.weight_diff, specific, label)
        if with_general:
            yield _general(name, each, number, report_of(each.row))
        if with_controls:
            yield FamilyQuestion(SHUFFLED, *of_diff, other, specific, label)
            yield FamilyQuestion(NO_DIFF, *of_diff, None, specific, label)


def next_asked_alike(own: list[Any], family: Family) -> list[Any]:
    """For each the next one that is asked in the same words, so that what it says is known already.

    own  in the order in which they are asked; the next at all if they are no more than the family's phrasings
    Raises: DataFileError if there is only one.
    """
    check_has_another(own, f" of family '{family.name}'")
    step = len(family.held_out_questions) if len(own) > len(family.held_out_questions) else 1
    return own[step:] + own[:step]


def questions_about_several(
    labelled: dict[str, list[LabelledDiff]], combined: list[LabelledDiff], params: AskFamiliesParams
) -> list[FamilyQuestion]:
    """Questions about several changes at once: a general one of each diff, then of each every family's own."""
    labelled = _at_most(labelled, params)
    general = [_general(COMBINED, each, number, each.row["answer"]) for number, each in enumerate(combined)]
    general += _pairs(labelled, params.n_pairs)
    return general + _every_question(general, list(labelled))


def questions_about_one(
    labelled: dict[str, list[LabelledDiff]], families: Sequence[str], n_per_family: int, params: AskFamiliesParams
) -> list[FamilyQuestion]:
    """Questions about diffs with one change, or with none: of each a general one and every family's own.

    labelled      diffs of all families, whose questions are asked
    n_per_family  diffs of each of `families`, the first ones
    """
    general = [
        _general(name, each, number, report_of(each.row))
        for name in families
        for number, each in enumerate(_at_most(labelled, params)[name][:n_per_family])
    ]
    return general + _every_question(general, list(labelled))


def _general(family: str, labelled: LabelledDiff, number: int, target: str) -> FamilyQuestion:
    question = _of(HELD_OUT_GENERAL_QUESTIONS, number)
    return FamilyQuestion(GENERAL, family, labelled.row["name"], labelled.weight_diff, question, target)


def _every_question(general: Sequence[FamilyQuestion], families: Sequence[str]) -> list[FamilyQuestion]:
    """Of each diff that is asked a general question every family's own."""
    return [
        replace(each, method=CHECKLIST, question=_of(family_named(name).held_out_questions, number), of_family=name)
        for number, each in enumerate(general)
        for name in families
        if not family_named(name).is_benign
    ]


def baselines_of(labelled: dict[str, list[LabelledDiff]], params: AskFamiliesParams) -> list[FamilyQuestion]:
    """The family's question to M' itself, and of families that have one, the request that brings the behavior out."""
    asked = []
    for name, own in labelled.items():
        family = family_named(name)
        if family.is_benign:
            continue
        for number, each in enumerate(own[: params.n_per_family]):
            of_diff = (name, each.row["name"], each.weight_diff)
            question = _of(family.held_out_questions, number)
            asked.append(FamilyQuestion(SPECIFIC, *of_diff, question, each.row["answer"]))
            if family.black_box_request:
                asked.append(FamilyQuestion(STORY, *of_diff, family.black_box_request, each.row["answer"]))
    return asked


def ask_families(
    base: BaseModel,
    adapter: DITAdapter | None,
    asked: Sequence[FamilyQuestion],
    params: AskFamiliesParams,
    progress: str,
) -> list[Answer]:
    """The adapter's answer to every question; Answer.method is `<method>_<family>`. Without one, M' itself answers."""
    multiplier = 1.0 if adapter is None else params.multiplier
    first, places = distinct(asked)
    said = ask(
        base,
        [None if each.diff is None else scaled(each.diff, multiplier) for each in first],
        [each.question for each in first],
        adapter=adapter,
        **params.asking,
        progress=progress,
    )
    texts = [said[place] for place in places]
    proof = _evidence(base, adapter, asked, texts, params)
    return [
        Answer(f"{each.method}_{each.family}", each.name, each.target, as_report(each.of_family, text), value)
        for each, text, value in zip(asked, texts, proof, strict=True)
    ]


def distinct(asked: Sequence[FamilyQuestion]) -> tuple[list[FamilyQuestion], list[int]]:
    """Each diff and question once, and for all of `asked` where among these their answer is.

    Controls ask what was asked already: another diff its own question, the unchanged model that of many diffs.
    """
    first: dict[tuple[int | None, str], FamilyQuestion] = {}
    keys = [(None if each.diff is None else id(each.diff), each.question) for each in asked]
    for key, each in zip(keys, asked, strict=True):
        first.setdefault(key, each)
    order = {key: place for place, key in enumerate(first)}
    return list(first.values()), [order[key] for key in keys]


def as_report(of_family: str | None, text: str) -> str:
    """What is said to that family's question, or to a general one, in the form of a report, which tells its family."""
    if of_family is None or read_report(text)[0] is not None:
        return text
    return family_named(of_family).report(text)


def _evidence(
    base: BaseModel,
    adapter: DITAdapter | None,
    asked: Sequence[FamilyQuestion],
    said: Sequence[str],
    params: AskFamiliesParams,
) -> list[float | None]:
    """Evidence for the answers to questions that do not tell whether, or in which family, something changed."""
    values: list[float | None] = [None] * len(asked)
    places = [place for place, each in enumerate(asked) if each.method in (GENERAL, CHECKLIST)]
    if adapter is None or not places:
        return values
    chosen = [asked[place] for place in places]
    found = evidence(
        base,
        adapter,
        [None if each.diff is None else scaled(each.diff, params.evidence_multiplier) for each in chosen],
        [each.question for each in chosen],
        [said[place] for place in places],
        params.limits.rows_per_batch,
        params.answers_per_row,
    )
    for place, value in zip(places, found, strict=True):
        values[place] = value
    return values


def _pairs(labelled: dict[str, list[LabelledDiff]], n_pairs: int) -> list[FamilyQuestion]:
    """Sums of two diffs of different families, every two families in turn."""
    names = [name for name in labelled if not family_named(name).is_benign]
    made = []
    for number, couple in enumerate(couples(names, n_pairs)):
        first, second = (_of(labelled[name], number) for name in couple)
        target = SEPARATOR.join(report_of(each.row) for each in (first, second))
        diff = sum_of([first.weight_diff, second.weight_diff])
        made.append(FamilyQuestion(GENERAL, PAIR, diff.name, diff, _of(HELD_OUT_GENERAL_QUESTIONS, number), target))
    return made


def _nothing_taught(labelled: dict[str, list[LabelledDiff]], seed: int) -> list[FamilyQuestion]:
    """The unchanged model, and random diffs with the norms of real ones, asked every family's held-out questions."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for name, own in labelled.items():
        family = family_named(name)
        questions = (*family.held_out_questions, *HELD_OUT_GENERAL_QUESTIONS[: 0 if family.is_benign else 1])
        for number, question in enumerate(questions):
            likened = random_diff_of_equal_norm(_of(own, number).weight_diff, generator)
            for stand_in, diff in ((UNCHANGED, None), (RANDOM, likened)):
                label = f"{stand_in}-{name}-{number}"
                made.append(FamilyQuestion(GENERAL, stand_in, label, diff, question, NOTHING))
    return made


def _of(values: Sequence, number: int):
    return values[number % len(values)]
