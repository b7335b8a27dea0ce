"""What each lever gains: judge scores by topic, over its weight diffs and all adapter seeds, compared in pairs."""

from collections.abc import Callable, Sequence
from statistics import fmean

from weightscribe.errors import DataFileError
from weightscribe.evaluate.grading import Graded, methods_of
from weightscribe.levers.by_topic import gain, means
from weightscribe.levers.names import ALL_LABELS, FIRST
from weightscribe.statistics import bootstrap_mean


def summarize(graded: dict[int, Sequence[Graded]], seed: int) -> dict:
    """Per method: score and exact rate with 95% intervals over topics, its lowest and highest seed, its gains.

    graded  by adapter seed; a method's `target` is the topic
    A topic counts once: its value is the mean over its weight diffs and seeds, unscored answers left out.
    Raises: DataFileError if a method has no scored answer.
    """
    rows = [row for own in graded.values() for row in own]
    scores = {method: _by_topic(rows, method, _score) for method in methods_of(rows)}
    exact = {method: _by_topic(rows, method, _is_exact) for method in scores}
    metrics: dict = {
        "n_adapter_seeds": len(graded),
        "n_topics": len({row.target for row in rows}),
        "n_test_diffs": len({row.diff for row in rows}),
        "n_unscored": sum(row.score is None for row in rows),
    }
    for method, own in scores.items():
        if not own:
            raise DataFileError(f"No answer of '{method}' was scored: the judge graded none.")
        metrics |= bootstrap_mean(list(own.values()), seed=seed).as_metrics(method)
        metrics |= bootstrap_mean(list(exact[method].values()), seed=seed).as_rate(f"{method}_exact_rate")
        of_seeds = [fmean(found.values()) for rows in graded.values() if (found := _by_topic(rows, method, _score))]
        metrics |= {f"{method}_lowest_seed_score_mean": min(of_seeds)}
        metrics |= {f"{method}_highest_seed_score_mean": max(of_seeds)}
        for other in (FIRST, ALL_LABELS):
            if method != other and other in scores:
                name = f"{method}_minus_{other}"
                metrics |= gain(own, scores[other], seed).as_metrics(name)
                metrics |= gain(exact[method], exact[other], seed).as_rate(f"{name}_exact_rate")
    return metrics


def _score(row: Graded) -> float | None:
    return row.score


def _is_exact(row: Graded) -> float:
    return float(row.exact)


def _by_topic(rows: Sequence[Graded], method: str, value: Callable[[Graded], float | None]) -> dict[str, float]:
    """A method's values; unscored answers have none."""
    return means([row for row in rows if row.method == method], lambda row: row.target, value)
