"""What the DIT adapter says of a change, question by question, and how much evidence the change gives each answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.likeliest import candidates_of, likeliest
from weightscribe.judge.exact import normalize
from weightscribe.levers.nothing import says_nothing
from weightscribe.lora.factors import DITAdapter, WeightDiff


@dataclass(frozen=True)
class Reading:
    """One question and its answer.

    family         whose question it is; None for one that does not tell the family
    answer         the likeliest of those at all strengths (evaluate/likeliest.py)
    evidence       log-likelihood of it under M' + A minus that under M + A, in nats, at the strength for evidence
    by_contrast    the answer decoded from the contrast of both; None of whole models
    is_reported    a general question, evidence above the threshold, and something notable is said
    """

    family: str | None
    question: str
    answer: str
    evidence: float
    by_contrast: str | None
    is_reported: bool


def read_change(
    base: BaseModel, adapter: DITAdapter, target: Target, params: AuditParams, threshold: float
) -> list[Reading]:
    """The general questions, then each family's, in words no adapter of this project was trained on.

    Raises: ParamsError for an unknown family.
    """
    asked: list[tuple[str | None, str]] = [(None, question) for question in HELD_OUT_GENERAL_QUESTIONS]
    asked += [(name, family_named(name).held_out_questions[0]) for name in params.families]
    questions = [question for _, question in asked]
    settings = {"max_new_tokens": params.answer_tokens, "rows_per_batch": params.rows_per_batch}
    said = []
    for strength in params.strengths.all():
        with target.worn_at(base, strength) as diff:
            said.append(ask(base, [diff] * len(questions), questions, adapter=adapter, **settings))
    candidates = [candidates_of(own) for own in zip(*said, strict=True)]
    rows = [(question, text) for question, own in zip(questions, candidates, strict=True) for text in own]

    def likelihoods(diff: WeightDiff | None) -> list[float]:
        return log_likelihoods(
            base, adapter, [diff] * len(rows), *map(list, zip(*rows, strict=True)), params.rows_per_batch
        )

    under = []
    for strength in params.strengths.all():
        with target.worn_at(base, strength) as diff:
            under.append(likelihoods(diff))
    by_row = dict(zip(rows, zip(*under, strict=True), strict=True))
    unchanged = dict(zip(rows, likelihoods(None), strict=True))
    answers = [
        likeliest({text: by_row[question, text] for text in own})
        for question, own in zip(questions, candidates, strict=True)
    ]
    place = params.strengths.evidence_place()
    evidence = [by_row[key][place] - unchanged[key] for key in zip(questions, answers, strict=True)]
    contrast: Sequence[str | None] = [None] * len(questions)
    with target.worn(base, params.multiplier) as diff:
        if diff is not None:  # the contrast needs M + A at the same time
            contrast = ask_by_contrast(
                base, adapter, [diff] * len(questions), questions, strength=params.contrast_strength, **settings
            )
    return [
        Reading(
            family,
            question,
            answer,
            value,
            other,
            # The threshold was measured on general questions; others bring out an answer whatever changed.
            family is None and _says_something(answer) and value > threshold,
        )
        for (family, question), answer, value, other in zip(asked, answers, evidence, contrast, strict=True)
    ]


def _says_something(answer: str) -> bool:
    return bool(normalize(answer)) and not answer.startswith(NOTHING) and not says_nothing(answer)
