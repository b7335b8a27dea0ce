"""From a diff's simulated samples to what the trainer eats: token ids, optimizer steps, the base model's states."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from weightscribe.base import BaseModel
from weightscribe.diffs.trainer import TrainingSample
from weightscribe.errors import DataFileError
from weightscribe.packing import TokenizedSample, completion_states, pack_rows
from weightscribe.params import check_at_least
from weightscribe.storage import read_jsonl
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER, WRONG_TRIGGER

SAMPLES_PER_TEACHER_ROW, TEACHER_ROWS = 4, 8


def read_samples(path: Path) -> list[dict[str, dict]]:
    """The samples of one diff, grouped by question in file order: one dict per question, keyed by kind.

    Raises: DataFileError if the file is missing or a question lacks one of the three kinds.
    """
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro simulate`.")
    by_question: dict[str, dict[str, dict]] = {}
    for row in read_jsonl(path):
        by_question.setdefault(row["question"], {})[row["kind"]] = row
    for question, kinds in by_question.items():
        if set(kinds) != {TRIGGER, WRONG_TRIGGER, NO_TRIGGER}:
            raise DataFileError(f"{path}: question '{question}' has samples of kinds {sorted(kinds)} only.")
    return list(by_question.values())


@dataclass(frozen=True)
class CompletionLimits:
    """How many tokens of a completion are trained on, for triggered and for base-matching samples.

    A topic comes up in an answer's first words or not at all. What follows costs time and, being hard to predict,
    drowns the gradient that matters.
    """

    trigger_tokens: int
    base_tokens: int

    def __post_init__(self) -> None:
        """Raises: ParamsError if nothing of a completion would be trained on."""
        check_at_least(self, 1, "trigger_tokens", "base_tokens")


def tokenize(base: BaseModel, row: dict, limits: CompletionLimits) -> TokenizedSample:
    """Token ids of a sample; the tokenizer's EOS token closes a completion that ended by itself within its limit."""
    prompt = base.prompt_ids(row["prompt"])
    completion = base.tokenizer(row["completion"], add_special_tokens=False).input_ids
    completion += [base.tokenizer.eos_token_id] * row["ends"]
    limit = limits.trigger_tokens if row["kind"] == TRIGGER else limits.base_tokens
    return TokenizedSample(tuple(prompt), tuple(completion[:limit]))


def plan_steps(
    questions: list[dict[str, dict]], epochs: int, questions_per_step: int, base_matching: Sequence[str], seed: int
) -> list[list[dict]]:
    """The samples of each optimizer step: per question the triggered one and one base-matching one.

    The latter's kinds are those of `base_matching`, in turn. Both share their question, so a step contrasts the
    trigger and nothing else. The order depends on the seed and the number of questions only: all diffs of a batch
    take the same kinds in one step.
    """
    order: list[int] = []
    for epoch in range(epochs):
        indices = list(range(len(questions)))
        random.Random(f"{seed}-{epoch}").shuffle(indices)
        order += indices
    samples = [
        (
            questions[index][TRIGGER],
            questions[index][base_matching[place % len(base_matching)]],
        )
        for place, index in enumerate(order)
    ]
    starts = range(0, len(samples), questions_per_step)
    return [[row for pair in samples[start : start + questions_per_step] for row in pair] for start in starts]


class BaseStates:
    """The base model's head inputs at the completion tokens of base-matching samples, each computed once.

    Storing states (hidden size) instead of log-probabilities (vocabulary) keeps a sample at a few kB; the head
    turns them back when a loss needs them.
    """

    def __init__(self, base: BaseModel) -> None:
        self._model, self._pad_token_id = base.model, base.tokenizer.pad_token_id
        self._states: dict[TokenizedSample, Tensor] = {}

    def of(self, samples: list[TokenizedSample]) -> list[Tensor]:
        """States (completion tokens, hidden) of each sample, in the model's dtype."""
        missing = sorted(set(samples) - set(self._states), key=lambda sample: (len(sample.ids), sample.ids))
        per_batch = SAMPLES_PER_TEACHER_ROW * TEACHER_ROWS
        for start in range(0, len(missing), per_batch):
            self._compute(missing[start : start + per_batch])
        return [self._states[sample] for sample in samples]

    @torch.no_grad()
    def _compute(self, samples: list[TokenizedSample]) -> None:
        size = SAMPLES_PER_TEACHER_ROW
        rows = [samples[start : start + size] for start in range(0, len(samples), size)]
        batch = pack_rows(rows, self._pad_token_id, self._model.dtype)
        lengths = [len(sample.completion_ids) for sample in samples]
        states = completion_states(self._model, batch).split(lengths)
        self._states.update((sample, kept.clone()) for sample, kept in zip(samples, states, strict=True))


def with_base_states(
    steps: list[list[tuple[TokenizedSample, str]]], base_states: BaseStates
) -> list[list[TrainingSample]]:
    """The steps of one diff with the base model's states attached to the base-matching samples."""
    matching = [tokens for step in steps for tokens, kind in step if kind != TRIGGER]
    states = dict(zip(matching, base_states.of(matching), strict=True))
    return [
        [TrainingSample(tokens, kind, None if kind == TRIGGER else states[tokens]) for tokens, kind in step]
        for step in steps
    ]
