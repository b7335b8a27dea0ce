"""Answers about probe sets beside the answers about the test diffs of the same topics, which differ in one thing."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from weightscribe.ask.answers_file import Answer, read_answers
from weightscribe.ask.methods import DIT
from weightscribe.evaluate.grading import Graded, grade, methods_of, paired_difference, summarize
from weightscribe.statistics import bootstrap_mean

ANSWERS = Path("data/answers")


def probe_answers(name: str, folder: Path = ANSWERS) -> list[Answer]:
    """The answers about one probe set; methods are called `<set>_<method>`, diffs as the test diff they reword."""
    return [
        replace(answer, method=f"{name}_{answer.method}", diff=answer.diff.removeprefix(f"{name}-"))
        for answer in read_answers(folder / "probes" / f"{name}.jsonl")
    ]


def compare_probe_sets(
    names: list[str], reference: str, judge, seed: int, folder: Path = ANSWERS, others: Sequence[Answer] = ()
) -> tuple[list[Graded], dict]:
    """Graded answers about the sets and, called `<reference>_dit`, the test diffs of their topics; and the metrics.

    others  answers about the same topics' diffs that are no probe set, methods named like a set's
    The metrics add, for every method of the adapter, the paired difference of its score to the reference's.
    """
    answers = [*(answer for name in names for answer in probe_answers(name, folder)), *others]
    topics = {answer.diff for answer in answers}
    answers += [
        replace(answer, method=f"{reference}_{DIT}")
        for answer in read_answers(folder / "hidden_topic.jsonl")
        if answer.method == DIT and answer.diff in topics
    ]
    graded = grade(answers, judge)
    metrics = summarize(graded, seed) | judge.agreement()
    for method in methods_of(graded):
        if method.endswith(f"_{DIT}"):
            metrics[f"n_{method.removesuffix(f'_{DIT}')}"] = sum(row.method == method for row in graded)
            if method != f"{reference}_{DIT}":
                metrics |= paired_difference(graded, method, f"{reference}_{DIT}", seed)
    return graded, metrics


def fresh_scores(graded: Sequence[Graded], names: Sequence[str], chosen_on: Collection[str], seed: int) -> dict:
    """Metrics of the adapter's answers about each set's diffs on which nothing was chosen: `<set>_fresh_dit_...`.

    chosen_on  names of the test diffs, as in `graded`, on whose topics the asking was chosen
    A set that has no other diffs has no such metrics.
    """
    metrics: dict = {}
    for name in names:
        rows = [row for row in graded if row.method == f"{name}_{DIT}" and row.diff not in chosen_on]
        scores = [row.score for row in rows if row.score is not None]
        if scores:
            metrics |= bootstrap_mean(scores, seed=seed).as_metrics(f"{name}_fresh_{DIT}")
            metrics[f"n_{name}_fresh"] = len(rows)
    return metrics
