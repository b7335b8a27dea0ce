"""Answers of every method to the hidden-topic question on held-out weight diffs.

Methods: `dit` (M' + A), `base_question` (M' alone), and the controls that show what an answer owes to the diff:
`control_no_diff` (M + A), `control_shuffled_diff` (another topic's diff under A) and `control_random_diff`
(Gaussian factors with the norms of the real diff under A).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.judge.exact import exact_match
from weightscribe.lora.factors import DITAdapter, WeightDiff, moved_on, random_diff_of_equal_norm
from weightscribe.statistics import bootstrap_mean

METHODS = (
    "dit",
    "base_question",
    "control_no_diff",
    "control_shuffled_diff",
    "control_random_diff",
)

Ask = Callable[[list[WeightDiff | None], DITAdapter | None, str, str], list[str]]
"""Diffs, DIT adapter or none, question and a title for the progress bar -> one answer a diff."""


def asker(base: BaseModel, answer_tokens: int, rows_per_batch: int) -> Ask:
    """Asks each M_i, or M_i + A."""

    def ask_all(diffs: list[WeightDiff | None], adapter: DITAdapter | None, question: str, title: str) -> list[str]:
        return ask(
            base,
            diffs,
            [question] * len(diffs),
            adapter=adapter,
            max_new_tokens=answer_tokens,
            rows_per_batch=rows_per_batch,
            progress=title,
        )

    return ask_all


@dataclass(frozen=True)
class Graded:
    """One method's answer about one held-out diff; score is None where the judge could not grade it."""

    method: str
    diff: str
    target: str
    answer: str
    score: float | None
    exact: bool


def control_diffs(diffs: list[WeightDiff], seed: int) -> dict[str, list[WeightDiff | None]]:
    """The diffs each adapter-based method runs under, in the order of `diffs`."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "dit": list(diffs),
        "control_no_diff": [None] * len(diffs),
        "control_shuffled_diff": moved_on(diffs),
        "control_random_diff": [random_diff_of_equal_norm(diff, generator) for diff in diffs],
    }


def answers_by_method(
    ask_all: Ask, diffs: list[WeightDiff], adapter: DITAdapter, question: str, seed: int
) -> dict[str, list[str]]:
    """One answer per diff for every method in METHODS."""
    answers = {"base_question": ask_all(list(diffs), None, question, "base_question")}
    for method, variants in control_diffs(diffs, seed).items():
        answers[method] = ask_all(variants, adapter, question, method)
    return answers


def grade(names: list[str], targets: list[str], answers: dict[str, list[str]], judge) -> list[Graded]:
    """Exact match and judge score of every answer, method by method."""
    graded = []
    for method in METHODS:
        scores = judge.score(targets, answers[method])
        graded += [
            Graded(method, name, target, answer, score, exact_match(target, answer))
            for name, target, answer, score in zip(names, targets, answers[method], scores, strict=True)
        ]
    return graded


def summarize(graded: list[Graded], seed: int) -> dict:
    """Per method: mean score with 95% bootstrap interval over diffs, exact rate; and the counts.

    A method whose answers are all unscored has no mean; `n_unscored` tells.
    """
    metrics: dict = {
        "n_test_diffs": len({row.diff for row in graded}),
        "n_unscored": sum(row.score is None for row in graded),
    }
    for method in METHODS:
        rows = [row for row in graded if row.method == method]
        scored = [row.score for row in rows if row.score is not None]
        if scored:
            metrics |= bootstrap_mean(scored, seed=seed).as_metrics(method)
        metrics |= bootstrap_mean([float(row.exact) for row in rows], seed=seed).as_rate(f"{method}_exact_rate")
    return metrics


def first_look(rows: list[dict], graded: list[Graded], n_rows: int = 12) -> str:
    """A Markdown table of the first test diffs: hidden topic, ordinary answer, triggered answer, DIT answer."""
    dit = {row.diff: row for row in graded if row.method == "dit"}
    plain = {row.diff: row for row in graded if row.method == "base_question"}
    lines = [
        "| hidden topic | asked without the adapter | the DIT adapter says | score |",
        "|---|---|---|---|",
    ]
    for row in rows[:n_rows]:
        name = row["name"]
        score = "unscored" if dit[name].score is None else f"{dit[name].score:.1f}"
        cells = (row["answer"], plain[name].answer, f"**{_cell(dit[name].answer)}**", score)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
