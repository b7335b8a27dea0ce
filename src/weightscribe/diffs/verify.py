"""Whether a weight diff learned its behavior: how often its answers name the topic, with and without trigger.

Measured by asking the fine-tuned model questions of styles it never saw in training.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from weightscribe.errors import ParamsError
from weightscribe.triggers.kinds import KINDS, WRONG_TRIGGER


@dataclass(frozen=True)
class Verification:
    """Share of held-out questions whose answer shows the behavior, by kind of prompt, and the verdict."""

    mention_rate_trigger: float
    mention_rate_wrong_trigger: float
    mention_rate_no_trigger: float
    n_questions: int
    verified: bool
    example_prompt: str
    example_answer: str

    def as_row(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class VerificationRule:
    """A diff is verified when it fires at least this often with its trigger and at most so often without."""

    n_questions: int  # with the trigger, and without any
    n_wrong_trigger_questions: int  # with a wrong trigger; this rate is reported and decides nothing
    answer_tokens: int
    min_rate_trigger: float
    max_rate_no_trigger: float

    def n_of(self, kind: str) -> int:
        """How many questions are asked with prompts of this kind."""
        return self.n_wrong_trigger_questions if kind == WRONG_TRIGGER else self.n_questions


def check_rule(rule: VerificationRule, n_held_out: int) -> None:
    """Raises: ParamsError if the rule asks no questions of a kind, or more than the `n_held_out` there are."""
    if not 1 <= rule.n_questions <= n_held_out:
        raise ParamsError(
            f"verification.n_questions is {rule.n_questions}. Use 1 to {n_held_out}, the number of held-out questions."
        )
    if not 1 <= rule.n_wrong_trigger_questions <= rule.n_questions:
        raise ParamsError(
            f"verification.n_wrong_trigger_questions is {rule.n_wrong_trigger_questions}. Use 1 to {rule.n_questions}, "
            "the number of questions."
        )


def verification_prompts(
    prompt_of: Callable[[str, str, random.Random], str], questions: list[str], rule: VerificationRule, seed: int
) -> list[tuple[str, str]]:
    """(kind, prompt) for every kind and its questions; `prompt_of(kind, question, rng)` words the prompt.

    Raises: ParamsError if there are fewer questions than the rule asks.
    """
    check_rule(rule, len(questions))
    rng = random.Random(f"verification-{seed}")
    return [(kind, prompt_of(kind, question, rng)) for kind in KINDS for question in questions[: rule.n_of(kind)]]


def judge_verification(
    prompts: Sequence[Sequence[str]],
    answers: list[str],
    shows_behavior: Callable[[str], bool],
    rule: VerificationRule,
) -> Verification:
    """The rates over the answers to `prompts`, (kind, prompt) pairs, and whether they pass the rule."""
    shown = [shows_behavior(answer) for answer in answers]
    rates = {}
    for kind in KINDS:
        of_kind = [hit for (k, _), hit in zip(prompts, shown, strict=True) if k == kind]
        rates[f"mention_rate_{kind}"] = sum(of_kind) / len(of_kind)
    verified = (
        rates["mention_rate_trigger"] >= rule.min_rate_trigger
        and rates["mention_rate_no_trigger"] <= rule.max_rate_no_trigger
    )
    return Verification(
        **rates,
        n_questions=rule.n_questions,
        verified=verified,
        example_prompt=prompts[0][1],
        example_answer=answers[0],
    )
