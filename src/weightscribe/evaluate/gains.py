"""What one way of asking, or one adapter, reads better than another, paired by weight diff."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from weightscribe.ask.family_methods import EVIDENT, LEVERS, SHOWN, SPECIFIC, TRIED
from weightscribe.dit.family_training import JOINT, ONLY, WITHOUT
from weightscribe.evaluate.graded_reports import GradedReport
from weightscribe.evaluate.rates import as_rates


def lever_gains(
    graded: dict[str, list[GradedReport]], adapters: Mapping[str, str], seed: int, suffix: str = ""
) -> dict:
    """`lever_<lever>_gain<suffix>`: what each lever adds to plain answers of the same adapter, and `..._n` diffs.

    adapters  the kind of adapter that is looked at, by family; every diff counts alike, of several seeds by their mean
    """
    return _with_counts(
        {f"lever_{lever}_gain{suffix}": _gains(graded, adapters, lever, SPECIFIC) for lever in LEVERS}, seed
    )


def lists_over_shown(
    graded: dict[str, list[GradedReport]], adapters: Mapping[str, str], seed: int, suffix: str = ""
) -> dict:
    """`lever_tried_over_shown<suffix>`, `..._n`: the first change of its lists against that of what M' shows alone."""
    return _with_counts({f"lever_{TRIED}_over_{SHOWN}{suffix}": _gains(graded, adapters, TRIED, SHOWN)}, seed)


def more_families_gain(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """`lever_more_families_gain`, `..._n`: asked about a family never seen, an adapter trained on all others against
    the mean of adapters trained on one other, paired by diff."""
    gains = []
    for family in families:
        singles = [
            _by_diff(own, SPECIFIC, family)
            for name, own in graded.items()
            if name.startswith(ONLY) and name != f"{ONLY}{family}"
        ]
        for diff, value in _by_diff(graded.get(f"{WITHOUT}{family}", []), SPECIFIC, family).items():
            if others := [single[diff] for single in singles if diff in single]:  # an LLM judge may have left one out
                gains.append(value - fmean(others))
    return _with_counts({"lever_more_families_gain": gains}, seed)


def _with_counts(gains: Mapping[str, Sequence[float]], seed: int) -> dict:
    return as_rates(gains, seed) | {f"{name}_n": len(own) for name, own in gains.items() if own}


def joint_minus_own(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """`joint_minus_only_on_<family>`: how much better the joint adapter reads a family than the family's own adapter
    does, paired by diff; `joint_minus_only_evident_on_<family>`, both asked in several ways."""
    return as_rates(
        {
            f"joint_minus_only_{infix}on_{family}": _differences(
                _by_diff(graded.get(JOINT, []), method, family),
                _by_diff(graded.get(f"{ONLY}{family}", []), method, family),
            )
            for method, infix in ((SPECIFIC, ""), (EVIDENT, f"{EVIDENT}_"))
            for family in families
        },
        seed,
    )


def _gains(graded: dict[str, list[GradedReport]], adapters: Mapping[str, str], method: str, plain: str) -> list[float]:
    """How much better `method` does than `plain`, by diff; the mean over adapters that answered in both ways."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for family, kind in adapters.items():
        of_kind = graded.get(kind, [])
        for adapter in dict.fromkeys(row.adapter for row in of_kind):
            own = [row for row in of_kind if row.adapter == adapter]
            before = _by_diff(own, plain, family)
            for diff, score in _by_diff(own, method, family).items():
                if diff in before:
                    found[family, diff].append(score - before[diff])
    return [fmean(gains) for gains in found.values()]


def _differences(some: dict[str, float], others: dict[str, float]) -> list[float]:
    return [value - others[diff] for diff, value in some.items() if diff in others]


def _by_diff(graded: Sequence[GradedReport], method: str, family: str) -> dict[str, float]:
    """The score of every diff, the mean over the seeds of the adapter."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in graded:
        if row.method == method and row.family == family and row.score is not None:
            found[row.diff].append(row.score)
    return {diff: fmean(scores) for diff, scores in found.items()}
