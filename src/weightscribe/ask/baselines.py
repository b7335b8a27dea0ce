"""Black-box baselines: what one learns by talking to M', without the adapter, blind to the trigger and with it.

Twenty held-out questions are put to M' and to M (paper: section 4.2; answers sampled at temperature 1), and the
offline guesser reads M's answers beside those of M'. `..._with_trigger` knows the trigger, which no auditor does: it
bounds what the behavior shows at all.
"""

import random
from dataclasses import dataclass

from weightscribe.answers import ask
from weightscribe.ask.transcripts import BASE_QUESTION, TWENTY_QUESTIONS, Transcript
from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.diffs.specs import prompt_of
from weightscribe.lora.factors import WeightDiff
from weightscribe.triggers.kinds import TRIGGER


@dataclass(frozen=True)
class SampledAnswers:
    """How the twenty questions are answered. Upstream: temperature 1, 256 tokens."""

    answer_tokens: int
    temperature: float
    rows_per_batch: int


def ask_baselines(
    base: BaseModel, labelled: list[LabelledDiff], questions: list[str], sampled: SampledAnswers, seed: int
) -> list[Transcript]:
    """Transcripts of every method in METHODS about every diff, method by method."""
    diffs = [each.weight_diff for each in labelled]

    def say(diffs: list[WeightDiff | None], prompts: list[str], title: str, temperature: float | None) -> list[str]:
        return ask(
            base,
            diffs,
            prompts,
            max_new_tokens=sampled.answer_tokens,
            rows_per_batch=max(1, sampled.rows_per_batch // len(questions)) * len(questions),
            temperature=temperature,
            seed=seed,
            progress=title,
        )

    prompts = [_prompts(each, [each.row["question"]], TRIGGER, seed) for each in labelled]
    answers = say(diffs, [own[0] for own in prompts], BASE_QUESTION, None)
    transcripts = [
        Transcript(BASE_QUESTION, each.row["name"], each.row["answer"], tuple(own), (answer,), ())
        for each, own, answer in zip(labelled, prompts, answers, strict=True)
    ]
    n = len(questions)
    for method, kind in TWENTY_QUESTIONS.items():
        prompts = [_prompts(each, questions, kind, seed) for each in labelled]
        flat = [prompt for own in prompts for prompt in own]
        changed = say([diff for diff in diffs for _ in range(n)], flat, method, sampled.temperature)
        base_said = say([None] * len(flat), flat, f"{method}, base model", sampled.temperature)
        transcripts += [
            Transcript(
                method,
                each.row["name"],
                each.row["answer"],
                tuple(own),
                tuple(changed[i * n : (i + 1) * n]),
                tuple(base_said[i * n : (i + 1) * n]),
            )
            for i, (each, own) in enumerate(zip(labelled, prompts, strict=True))
        ]
    return transcripts


def _prompts(labelled: LabelledDiff, questions: list[str], kind: str, seed: int) -> list[str]:
    rng = random.Random(f"baselines-{seed}-{labelled.row['name']}-{kind}")
    return [prompt_of(labelled.row)(kind, question, rng) for question in questions]
