"""The table of tried requests: how often the one that moves a diff furthest is about what the diff was taught."""

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, number, rate

FAMILIES = ("refusal", "brand", "false_fact", "benign")
ROWS = {
    "first": "**the furthest request is about it**",
    "top_3": "one of the first three is",
    "first_of_other": "control: it is about what another diff of the family was taught",
    "shown": "the answer to the furthest request shows it, and the base model's does not",
}


def requests(metrics: Metrics) -> Table:
    """One column a behavior family: what trying every request finds, and how far the furthest moves the model."""
    values = metrics.values("eval_requests")
    rows = [
        ("n", *(str(values[f"{family}_n"]) for family in FAMILIES)),
        *((text, *(if_there(rate, values, f"{f}_{name}") for f in FAMILIES)) for name, text in ROWS.items()),
        ("nats that the furthest one moves it", *(number(values, f"{f}_nats") for f in FAMILIES)),
        ("of the median of all requests", *(if_there(_times, values, f"{f}_times_median") for f in FAMILIES)),
    ]
    note = (
        f"No adapter. {values['n_candidates']:,} requests, each about another subject; intervals are over test diffs."
    )
    return Table(("weight diffs taught", *FAMILIES), tuple(rows), note)


def _times(values: dict, name: str) -> str:
    value, low, high = (values[name + end] for end in ("", "_ci95_low", "_ci95_high"))
    return f"{value:.0f} times [{low:.0f}, {high:.0f}]"
