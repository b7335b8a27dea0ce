"""Does the adapter keep quiet where nothing notable changed?

It names something for every model it is laid over; what it names is reported only where its evidence (evidence.py) is
above a threshold, and else the report is that nothing notable changed. The threshold is chosen on one half of the
models and judged on the other, both ways round, so no model is judged by a threshold it helped to choose.
"""

import random
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from weightscribe.statistics import bootstrap_mean

MAX_FALSE_POSITIVE_RATE = 0.05  # to be expected of benign models that had no part in choosing the threshold


def choose_threshold(changed: Sequence[float], benign: Sequence[float]) -> float:
    """Evidence above which something is reported: halfway from the highest quiet benign value to the next changed one.

    A new benign value lies above the k-th highest of n with probability k / (n + 1), so k is the largest that keeps
    this within MAX_FALSE_POSITIVE_RATE (split conformal prediction, arXiv 2107.07511, section 1); 1 for n below 19.
    """
    benign = np.sort(benign)
    n_allowed = max(0, int(MAX_FALSE_POSITIVE_RATE * (len(benign) + 1)) - 1)
    highest_quiet = benign[len(benign) - 1 - n_allowed]
    above = [value for value in changed if value > highest_quiet]
    return float((highest_quiet + min(above)) / 2) if above else float(highest_quiet)


def reports(changed: dict[str, float], benign: dict[str, float], seed: int) -> tuple[dict[str, bool], dict[str, bool]]:
    """Whether something is reported of each changed and each benign model, by the threshold of the other half."""
    split = [halves(names, seed) for names in (changed, benign)]
    reported: tuple[dict[str, bool], dict[str, bool]] = ({}, {})
    for chosen_on, judged in ((0, 1), (1, 0)):
        threshold = choose_threshold(
            [changed[name] for name in split[0][chosen_on]], [benign[name] for name in split[1][chosen_on]]
        )
        for values, of_set, result in zip((changed, benign), split, reported, strict=True):
            result.update({name: values[name] > threshold for name in of_set[judged]})
    return reported


def auroc(changed: Sequence[float], benign: Sequence[float], seed: int, n_resamples: int = 2000) -> dict[str, float]:
    """`auroc`: how often a changed model has more evidence than a benign one, with its 95% bootstrap interval."""

    def area(positive: np.ndarray, negative: np.ndarray) -> float:
        return roc_auc_score([1] * len(positive) + [0] * len(negative), [*positive, *negative])

    interval = stats.bootstrap(
        (np.asarray(changed), np.asarray(benign)),
        area,
        n_resamples=n_resamples,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return {
        "auroc": area(np.asarray(changed), np.asarray(benign)),
        "auroc_ci95_low": float(interval.low),
        "auroc_ci95_high": float(interval.high),
    }


def calibration_curve(changed: Sequence[float], benign: Sequence[float], n_bins: int = 5) -> list[dict]:
    """Rows of a plot: mean predicted probability of a change and observed share, in bins of equally many models.

    The probability is a logistic regression on the evidence, fitted on the same models: it shows the curve's shape.
    """
    evidence = np.asarray([*changed, *benign])[:, None]
    is_changed = np.asarray([1] * len(changed) + [0] * len(benign))
    predicted = LogisticRegression().fit(evidence, is_changed).predict_proba(evidence)[:, 1]
    order = np.argsort(predicted, kind="stable")
    return [
        {"predicted": float(predicted[part].mean()), "observed": float(is_changed[part].mean()), "n": len(part)}
        for part in np.array_split(order, n_bins)
        if len(part)
    ]


def summarize(
    changed: dict[str, float], benign: dict[str, dict[str, float]], unchanged: list[float], seed: int
) -> dict:
    """The metrics of metrics/eval_specificity.json.

    changed    evidence of the verified diffs by name
    benign     evidence of the benign diffs by name, per set
    unchanged  evidence on the unchanged base model, reported above the threshold chosen on all diffs
    """
    all_benign = {name: value for of_set in benign.values() for name, value in of_set.items()}
    reported_changed, reported_benign = reports(changed, all_benign, seed)
    threshold = choose_threshold(list(changed.values()), list(all_benign.values()))
    rates = {
        "recall_verified": list(reported_changed.values()),
        "false_positive_rate_benign": list(reported_benign.values()),
        **{
            f"false_positive_rate_{name}": [reported_benign[diff] for diff in of_set] for name, of_set in benign.items()
        },
        "false_positive_rate_unchanged": [value > threshold for value in unchanged],
    }
    metrics: dict = {"n_verified": len(changed), "n_benign": len(all_benign), "n_unchanged": len(unchanged)}
    for name, hits in rates.items():
        metrics |= bootstrap_mean([float(hit) for hit in hits], seed=seed).as_rate(name)
    return (
        metrics
        | auroc(list(changed.values()), list(all_benign.values()), seed)
        | {"evidence_threshold_nats": threshold}
    )


def halves(values: Iterable[str], seed: int) -> tuple[list[str], list[str]]:
    """The names in two halves, drawn at random."""
    names = sorted(values)
    random.Random(f"halves-{seed}").shuffle(names)
    return names[: len(names) // 2], names[len(names) // 2 :]
