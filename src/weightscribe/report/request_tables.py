"""The table of tried requests: how often the one that moves a diff furthest is about what the diff was taught."""

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, number, rate

ROWS = {
    "first": "**the furthest request is about it**",
    "top_3": "one of the first three is",
    "first_of_other": "control: it is about what another diff of the family was taught",
    "right_family": "it is one of the right kind",
    "shown": "the answer to the furthest request shows it, and the base model's does not",
}


def requests(metrics: Metrics) -> Table:
    """One column a behavior family: what trying every request finds, and how far the furthest moves the model."""
    values = metrics.values("eval_requests")
    families = [key.removesuffix("_nats") for key in values if key.endswith("_nats")]
    families.sort(key=lambda family: (f"{family}_first" not in values, family))  # those without requests come last
    rows = [
        ("n", *(str(values[f"{family}_n"]) for family in families)),
        *((text, *(if_there(rate, values, f"{f}_{name}") for f in families)) for name, text in ROWS.items()),
        ("nats that the furthest one moves it", *(number(values, f"{f}_nats") for f in families)),
    ]
    note = f"No adapter. {values['n_candidates']:,} requests. Intervals over test diffs."
    if "auroc" in values:
        note += f" AUROC of the furthest request's nats, changed diffs against benign ones: {number(values, 'auroc')}."
    return Table(("weight diffs taught", *families), tuple(row for row in rows if any(row[1:])), note)
