"""From answers to metrics: judge scores, exact matches, means with intervals over diffs, methods compared in pairs."""

from collections.abc import Iterable
from dataclasses import dataclass

from weightscribe.ask.answers_file import Answer
from weightscribe.judge.exact import exact_match
from weightscribe.statistics import bootstrap_mean


@dataclass(frozen=True)
class Graded:
    """One method's answer about one weight diff; score is None where the judge could not grade it."""

    method: str
    diff: str
    target: str
    answer: str
    score: float | None
    exact: bool


def grade(answers: list[Answer], judge) -> list[Graded]:
    """Exact match and judge score of every answer that has a target, in order."""
    answers = [answer for answer in answers if answer.target is not None]
    scores = judge.score([answer.target for answer in answers], [answer.answer for answer in answers])
    return [
        Graded(a.method, a.diff, a.target, a.answer, score, exact_match(a.target, a.answer))
        for a, score in zip(answers, scores, strict=True)
    ]


def methods_of(graded: Iterable[Graded]) -> list[str]:
    """The methods, in order of their first answer."""
    return list(dict.fromkeys(row.method for row in graded))


def summarize(graded: list[Graded], seed: int) -> dict:
    """Per method: mean score with 95% bootstrap interval over diffs, exact rate; and the counts.

    A method whose answers are all unscored has no mean; `n_unscored` tells.
    """
    metrics: dict = {
        "n_test_diffs": len({row.diff for row in graded}),
        "n_unscored": sum(row.score is None for row in graded),
    }
    for method in methods_of(graded):
        rows = [row for row in graded if row.method == method]
        scored = [row.score for row in rows if row.score is not None]
        if scored:
            metrics |= bootstrap_mean(scored, seed=seed).as_metrics(method)
        metrics |= bootstrap_mean([float(row.exact) for row in rows], seed=seed).as_rate(f"{method}_exact_rate")
    return metrics


def paired_difference(graded: list[Graded], method: str, other: str, seed: int) -> dict:
    """Mean of `method`'s score minus `other`'s on the same diff, with 95% bootstrap interval over diffs.

    Diffs that either method left unscored are not in it; there are none at all where no diff has both.
    """
    scores = {
        name: {row.diff: row.score for row in graded if row.method == name and row.score is not None}
        for name in (method, other)
    }
    shared = [diff for diff in scores[method] if diff in scores[other]]
    if not shared:
        return {}
    differences = [scores[method][diff] - scores[other][diff] for diff in shared]
    return bootstrap_mean(differences, seed=seed).as_metrics(f"{method}_minus_{other}")
