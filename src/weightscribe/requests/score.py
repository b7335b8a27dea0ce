"""How well trying requests finds what a weight diff was taught."""

from collections.abc import Callable, Sequence

from weightscribe.requests.records import Tried
from weightscribe.statistics import bootstrap_mean

N_TOP = 3


def summarize(tried: Sequence[Tried], family: str, shows: Callable[[str, str], bool] | None, seed: int) -> dict:
    """The rates of one family, each key `<family>_<rate>`.

    first, top_3    the request about what the diff was taught moves it furthest of all, or is among the first three
    first_of_other  control, over the diffs that have one: the request about what another diff was taught
    right_family    the furthest request is of the diff's family
    shown           the answer of M' to the furthest request shows the behavior, and the base model's does not
    nats            how far the furthest request moves the diff

    shows  whether an answer shows the behavior of the diff of that name; None for a family without requests
    """

    def rate(name: str, values: Sequence[bool]) -> dict[str, float]:
        return bootstrap_mean([float(value) for value in values], seed=seed).as_rate(f"{family}_{name}")

    metrics = {f"{family}_n": len(tried)}
    metrics |= bootstrap_mean([each.furthest[0].nats for each in tried], seed=seed).as_rate(f"{family}_nats")
    if shows is None:
        return metrics
    firsts = [(each.diff, each.furthest[0]) for each in tried]
    metrics |= rate("first", [each.rank == 1 for each in tried])
    metrics |= rate(f"top_{N_TOP}", [each.rank is not None and each.rank <= N_TOP for each in tried])
    metrics |= rate("right_family", [first.family == family for _, first in firsts])
    metrics |= rate("shown", [shows(diff, own.changed) and not shows(diff, own.unchanged) for diff, own in firsts])
    if controls := [each.rank_of_other == 1 for each in tried if each.rank_of_other is not None]:
        metrics |= rate("first_of_other", controls)
    return metrics
