"""Answers through variants of the DIT adapter beside the main adapter's, on the same held-out weight diffs."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from weightscribe.ask.answers_file import read_answers
from weightscribe.ask.methods import DIT
from weightscribe.evaluate.grading import Graded, grade
from weightscribe.statistics import bootstrap_mean

ANSWERS = Path("data/answers")
MAIN = "main"


def graded_variants(names: list[str], judge, folder: Path = ANSWERS) -> list[Graded]:
    """The graded answers of the main adapter, method `main`, and of each variant, method `<name>`."""
    answers = [
        replace(answer, method=MAIN) for answer in read_answers(folder / "hidden_topic.jsonl") if answer.method == DIT
    ]
    for name in names:
        answers += [replace(a, method=name) for a in read_answers(folder / "dit_variants" / f"{name}.jsonl")]
    return grade(answers, judge)


def over_seeds(graded: list[Graded], seed: int) -> dict:
    """`dit_score_...` over diffs, each diff's score the mean over the adapters, and how far the adapters lie apart.

    The interval is over diffs, the adapters' share in it averaged; `lowest_seed_score_mean` and `highest_...` show the
    adapters' own means.
    """
    by_diff, by_method = defaultdict(list), defaultdict(list)
    for row in graded:
        if row.score is not None:
            by_diff[row.diff].append(row.score)
            by_method[row.method].append(row.score)
    means = [fmean(scores) for scores in by_method.values()]
    return {
        "n_adapter_seeds": len(means),
        "n_test_diffs": len(by_diff),
        **bootstrap_mean([fmean(scores) for scores in by_diff.values()], seed=seed).as_metrics("dit"),
        "lowest_seed_score_mean": min(means),
        "highest_seed_score_mean": max(means),
    }


def curve(graded: list[Graded], n_diffs: dict[str, int], seed: int) -> list[dict]:
    """Score by how many diffs the adapter was trained on: rows of a plot, in rising order."""
    rows = []
    for name, n in sorted(n_diffs.items(), key=lambda item: item[1]):
        scores = [row.score for row in graded if row.method == name and row.score is not None]
        estimate = bootstrap_mean(scores, seed=seed)
        rows.append({"n_diffs": n, "score": estimate.mean, "low": estimate.ci95_low, "high": estimate.ci95_high})
    return rows
