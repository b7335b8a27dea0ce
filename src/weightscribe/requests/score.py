"""How well trying requests finds what a weight diff was taught."""

from collections.abc import Callable, Sequence

from weightscribe.requests.records import Tried
from weightscribe.statistics import bootstrap_mean

N_TOP = 3


def summarize(tried: Sequence[Tried], family: str, shows: Callable[[str, str], bool] | None, seed: int) -> dict:
    """The rates of one family, each key `<family>_<rate>`.

    first, top_3    the request about what the diff was taught moves it furthest of all, or is among the first three
    first_of_other  control: the request about what another diff was taught
    shown           the answer of M' to the furthest request shows the behavior, and the base model's does not
    nats, times_median  of the furthest request, the latter over the median of all requests

    shows  whether an answer shows the behavior of the diff of that name; None for a family that shows none
    """

    def rate(name: str, values: Sequence[bool]) -> dict[str, float]:
        return bootstrap_mean([float(value) for value in values], seed=seed).as_rate(f"{family}_{name}")

    metrics = {f"{family}_n": len(tried)}
    if ranked := [each for each in tried if each.rank is not None]:
        metrics |= rate("first", [each.rank == 1 for each in ranked])
        metrics |= rate(f"top_{N_TOP}", [each.rank <= N_TOP for each in ranked])
        metrics |= rate("first_of_other", [each.rank_of_other == 1 for each in ranked])
    if shows is not None:
        firsts = [(each.diff, each.furthest[0]) for each in tried]
        metrics |= rate("shown", [shows(diff, own.changed) and not shows(diff, own.unchanged) for diff, own in firsts])
    nats = [each.furthest[0].nats for each in tried]
    metrics |= bootstrap_mean(nats, seed=seed).as_rate(f"{family}_nats")
    relative = [each.furthest[0].nats / each.median_nats for each in tried if each.median_nats > 0]
    if relative:
        metrics |= bootstrap_mean(relative, seed=seed).as_rate(f"{family}_times_median")
    return metrics
