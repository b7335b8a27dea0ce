"""Contenders timed in turn, so that a slow minute of the machine hits all of them; results are ratios."""

import gc
import statistics
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from tqdm import tqdm

Contender = Callable[[], Callable[[], None]]
"""Prepares, which is not timed, and returns what is."""


@dataclass(frozen=True)
class Ratio:
    """Median and range of a ratio over the repeats; each repeat's ratio has its own two times."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numerators: list[float], denominators: list[float]) -> "Ratio":
        ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
        return cls(statistics.median(ratios), min(ratios), max(ratios))

    def as_metrics(self, name: str) -> dict[str, float]:
        return {name: self.median, f"{name}_min": self.low, f"{name}_max": self.high}

    def __str__(self) -> str:
        return f"{self.median:.2f} [{self.low:.2f}, {self.high:.2f}]"


def interleaved(contenders: dict[Hashable, Contender], repeats: int, title: str) -> dict[Hashable, list[float]]:
    """Seconds of every contender in every repeat, after one call each that does not count."""
    seconds: dict[Hashable, list[float]] = {name: [] for name in contenders}
    with tqdm(total=(repeats + 1) * len(contenders), desc=title) as bar:
        for repeat in range(-1, repeats):
            for name, prepare in contenders.items():
                run = prepare()
                gc.collect()
                started = time.perf_counter()
                run()
                if repeat >= 0:
                    seconds[name].append(time.perf_counter() - started)
                bar.update()
    return seconds
