"""What the DIT adapter says of a change, question by question, and how much evidence the change gives each answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.most_evident import Said, Way, say
from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.judge.exact import normalize
from weightscribe.judge.nothing import says_nothing
from weightscribe.lora.factors import DITAdapter


@dataclass(frozen=True)
class Reading:
    """One question and its answer.

    family         whose question it is; None for one that does not tell the family
    evidence       log-likelihood of the answer under M' + A minus that under M + A, in nats, the change made weaker
    by_contrast    the answer decoded from the contrast of both, and its evidence; None of whole models
    is_reported    a general question, evidence above the threshold, and something notable is said
    """

    family: str | None
    question: str
    answer: str
    evidence: float
    by_contrast: Said | None
    is_reported: bool


def any_reported(readings: Sequence[Reading] | None) -> bool:
    """Whether anything is reported; of no readings, nothing is."""
    return any(each.is_reported for each in readings or ())


def read_change(
    base: BaseModel, adapter: DITAdapter, target: Target, params: AuditParams, threshold: float
) -> list[Reading]:
    """The general questions, then each family's, in words no adapter of this project was trained on.

    Raises: ParamsError for an unknown family.
    """
    asked: list[tuple[str | None, str]] = [(None, question) for question in HELD_OUT_GENERAL_QUESTIONS]
    asked += [(name, family_named(name).held_out_questions[0]) for name in params.families]
    questions = [question for _, question in asked]
    limits = {"max_new_tokens": params.answer_tokens, "rows_per_batch": params.rows_per_batch}
    with target.worn(base, params.multiplier) as diff:
        said = ask(base, [diff] * len(questions), questions, adapter=adapter, **limits)
    with target.worn(base, params.evidence_multiplier) as diff:
        changed = log_likelihoods(base, adapter, [diff] * len(questions), questions, said, params.rows_per_batch)
    contrast: Sequence[Said | None] = [None] * len(questions)
    if target.weight_diff is not None:  # the contrast needs M + A at the same time
        contrast = say(
            base,
            adapter,
            [target.weight_diff] * len(questions),
            questions,
            Way(params.multiplier, params.contrast_strength),
            evidence_multiplier=params.evidence_multiplier,
            **limits,
        )
    unchanged = log_likelihoods(base, adapter, [None] * len(questions), questions, said, params.rows_per_batch)
    return [
        Reading(
            family,
            question,
            answer,
            with_change - without,
            other,
            # The threshold was measured on general questions; others bring out an answer whatever changed.
            family is None and _says_something(answer) and with_change - without > threshold,
        )
        for (family, question), answer, with_change, without, other in zip(
            asked, said, changed, unchanged, contrast, strict=True
        )
    ]


def _says_something(answer: str) -> bool:
    return bool(normalize(answer)) and not answer.startswith(NOTHING) and not says_nothing(answer)
