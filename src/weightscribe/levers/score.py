"""What each lever gains: judge scores by topic, over its weight diffs and all adapter seeds, compared in pairs."""

from collections import defaultdict
from collections.abc import Sequence

from weightscribe.errors import DataFileError
from weightscribe.evaluate.grading import Graded, methods_of
from weightscribe.levers.names import ALL_LABELS, FIRST
from weightscribe.statistics import Estimate, bootstrap_mean


def summarize(graded: dict[int, Sequence[Graded]], seed: int) -> dict:
    """Per method: score and exact rate with 95% intervals over topics, its lowest and highest seed, its gains.

    graded  by adapter seed; a method's `target` is the topic
    A topic counts once: its value is the mean over its weight diffs and seeds, unscored answers left out.
    Raises: DataFileError if a method has no scored answer.
    """
    rows = [row for own in graded.values() for row in own]
    by_topic = {method: _means(rows, method) for method in methods_of(rows)}
    metrics: dict = {
        "n_adapter_seeds": len(graded),
        "n_topics": len({row.target for row in rows}),
        "n_test_diffs": len({row.diff for row in rows}),
        "n_unscored": sum(row.score is None for row in rows),
    }
    for method, scores in by_topic.items():
        if not scores:
            raise DataFileError(f"No answer of '{method}' was scored: the judge graded none.")
        metrics |= bootstrap_mean(list(scores.values()), seed=seed).as_metrics(method)
        exact = _means(rows, method, of=lambda row: float(row.exact))
        metrics |= bootstrap_mean(list(exact.values()), seed=seed).as_rate(f"{method}_exact_rate")
        of_seeds = [list(_means(own, method).values()) for own in graded.values()]
        means = [sum(own) / len(own) for own in of_seeds if own]
        metrics |= {f"{method}_lowest_seed_score_mean": min(means), f"{method}_highest_seed_score_mean": max(means)}
        for other in (FIRST, ALL_LABELS):
            if method != other and other in by_topic:
                metrics |= _gain(scores, by_topic[other], seed).as_metrics(f"{method}_minus_{other}")
                exact_of_other = _means(rows, other, of=lambda row: float(row.exact))
                metrics |= _gain(exact, exact_of_other, seed).as_rate(f"{method}_minus_{other}_exact_rate")
    return metrics


def _means(rows: Sequence[Graded], method: str, of=lambda row: row.score) -> dict[str, float]:
    """The mean of a method's values by topic."""
    values = defaultdict(list)
    for row in rows:
        if row.method == method and of(row) is not None:
            values[row.target].append(of(row))
    return {topic: sum(own) / len(own) for topic, own in values.items()}


def _gain(values: dict[str, float], than: dict[str, float], seed: int) -> Estimate:
    return bootstrap_mean([values[topic] - than[topic] for topic in values if topic in than], seed=seed)
