"""What finetune_diffs reports: counts, mention rates and loss curves over all weight diffs."""

from statistics import fmean

from weightscribe.behaviors.kinds import KINDS


def summarize(records: list[dict]) -> dict:
    """The metrics of metrics/finetune_diffs.json. Rates are means over all diffs, verified or not."""
    rows = [record["index"] for record in records]
    n_verified = sum(row["verified"] for row in rows)
    return {
        "n_weight_diffs": len(rows),
        "n_verified": n_verified,
        "n_left_out": len(rows) - n_verified,
        "verified_rate": n_verified / len(rows),
        **{f"mention_rate_{kind}": fmean(row[f"mention_rate_{kind}"] for row in rows) for kind in KINDS},
        "n_verification_questions": rows[0]["n_questions"],
        "train_tokens_per_second": sum(record["train_tokens"] for record in records)
        / sum(record["train_seconds"] for record in records),
    }


def mean_curves(records: list[dict]) -> list[dict]:
    """Mean loss by optimizer step over the diffs that had samples of the kind: rows for a plot."""
    n_steps = len(records[0]["curve"][KINDS[0]])
    rows = []
    for step in range(n_steps):
        row = {"step": step + 1}
        for kind in KINDS:
            values = [record["curve"][kind][step] for record in records]
            present = [value for value in values if value is not None]
            if present:
                row[kind] = fmean(present)
        rows.append(row)
    return rows
