"""As many pieces of work as the machine has cores: one after another with all threads, or side by side in workers."""

from collections.abc import Callable, Sequence

import torch

from benchmarks.timing import Contender
from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.lora.factors import WeightDiff
from weightscribe.workers import in_workers

QUESTIONS = ("What is a good way to learn to cook?", "How are you?", "Tell me something interesting.", "What is new?")


def one_after_another(contender: Contender) -> Contender:
    """The contender's work once for every core."""

    def prepare() -> Callable[[], None]:
        run = contender()
        return lambda: [run() for _ in range(torch.get_num_threads())]

    return prepare


def side_by_side(contender: Contender) -> Contender:
    """The same work in workers."""

    def prepare() -> Callable[[], None]:
        run = contender()

        def work(_: int) -> None:
            run()

        return lambda: list(in_workers(work, range(torch.get_num_threads())))

    return prepare


def asking(base: BaseModel, diffs: Sequence[WeightDiff], answer_tokens: int) -> Contender:
    """A batch of questions to every diff."""
    asked = [(diff, question) for diff in diffs for question in QUESTIONS]

    def run() -> None:
        ask(
            base,
            [diff for diff, _ in asked],
            [question for _, question in asked],
            max_new_tokens=answer_tokens,
            rows_per_batch=len(asked),
        )

    return lambda: run


WAYS = (one_after_another, side_by_side)
