"""Values topic by topic: a topic counts once, whatever number of weight diffs and adapter seeds it has."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import fmean
from typing import TypeVar

from weightscribe.statistics import Estimate, bootstrap_mean

Row = TypeVar("Row")


def means(
    rows: Iterable[Row], topic_of: Callable[[Row], str], value: Callable[[Row], float | None]
) -> dict[str, float]:
    """The mean value of each topic's rows; rows whose value is None are left out."""
    values = defaultdict(list)
    for row in rows:
        if (own := value(row)) is not None:
            values[topic_of(row)].append(own)
    return {topic: fmean(own) for topic, own in values.items()}


def gain(values: dict[str, float], than: dict[str, float], seed: int) -> Estimate:
    """The mean difference over the topics that have both."""
    return bootstrap_mean([values[topic] - than[topic] for topic in values if topic in than], seed=seed)
