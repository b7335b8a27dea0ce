"""What finetune_diffs reports: counts, mention rates and loss curves over all weight diffs."""

from collections.abc import Iterable
from statistics import fmean

from weightscribe.statistics import bootstrap_mean
from weightscribe.triggers.kinds import KINDS


def summarize(records: list[dict], dtype: str) -> dict:
    """The metrics of metrics/finetune_diffs.json. Rates are means over all diffs, verified or not, with 95%
    bootstrap intervals over diffs.

    `dtype` is what the base model computed in.
    The first attempts' verified rate stands beside the final one: what the later, longer attempts added. Tokens per
    second are those of one worker (workers.py).
    """
    rows = [record["index"] for record in records]
    n_verified = sum(row["verified"] for row in rows)

    def rate(name: str, values: Iterable[float]) -> dict[str, float]:
        return bootstrap_mean([float(value) for value in values]).as_rate(name)

    return {
        "compute_dtype": dtype,
        "n_weight_diffs": len(rows),
        "n_verified": n_verified,
        "n_left_out": len(rows) - n_verified,
        **rate("verified_rate", (row["verified"] for row in rows)),
        **rate("verified_rate_first_attempt", (row["verified"] and row["attempt"] == 1 for row in rows)),
        **{
            key: value
            for kind in KINDS
            for key, value in rate(f"mention_rate_{kind}", (row[f"mention_rate_{kind}"] for row in rows)).items()
        },
        "n_verification_questions": rows[0]["n_questions"],
        "train_tokens_per_second": sum(record["train_tokens"] for record in records)
        / sum(record["train_seconds"] for record in records),
    }


def mean_curves(records: list[dict]) -> list[dict]:
    """Mean loss of the first attempts by step, over the diffs that had samples of the kind: rows of a plot."""
    curves = [record["first_curve"] for record in records]
    rows = []
    for step in range(len(curves[0][KINDS[0]])):
        row = {"step": step + 1}
        for kind in KINDS:
            present = [curve[kind][step] for curve in curves if curve[kind][step] is not None]
            if present:
                row[kind] = fmean(present)
        rows.append(row)
    return rows
