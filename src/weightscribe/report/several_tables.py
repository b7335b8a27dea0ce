"""The table of lists: how completely adapters list two topics of one weight diff."""

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, number, rate

ADAPTERS = {"singles": "trained on single diffs", "sums": "and on sums of two"}
"""What to call the adapters, in reading order; others go by their names in params.yaml, behind these."""

OF_ADAPTER = "_sum_f1_of_other_sum"  # a key that every adapter has once
KINDS = {"sum": "sums of two diffs", "taught": "one diff taught two topics", "single": "one topic"}


def several(metrics: Metrics) -> Table:
    """Set F1 and the share of complete lists by kind of diff, an adapter a column."""
    values = metrics.values("eval_several")
    names = [key.removesuffix(OF_ADAPTER) for key in values if key.endswith(OF_ADAPTER)]
    names = [name for name in ADAPTERS if name in names] + sorted(set(names) - set(ADAPTERS))
    rows = [
        *(row for kind in KINDS for row in _of_kind(values, names, kind)),
        ("nothing said of one topic", *(rate(values, f"{name}_single_missed_rate") for name in names)),
        ("something said of benign diffs", *(rate(values, f"{name}_false_report_rate") for name in names)),
    ]
    trained = metrics.values("finetune_several")
    n_seeds = values["n_adapter_seeds"]
    note = (
        f"n = {values['n_sum']} sums, {values['n_taught']} diffs that learned both topics they were taught (of "
        f"{trained['n_weight_diffs']}), {values['n_single']} with one topic, {values['n_benign']} benign; all of one "
        f"size. {n_seeds} adapter seed{'s' if n_seeds > 1 else ''}. F1 of a list that names one of two topics and "
        "nothing else is 0.67."
    )
    return Table(("topics listed of", *(ADAPTERS.get(name, name) for name in names)), tuple(rows), note)


def _of_kind(values: dict, names: list[str], kind: str) -> list[tuple[str, ...]]:
    """The rows of one kind of diff; none if no such diff was asked."""
    if f"{names[0]}_{kind}_f1" not in values:
        return []
    rows = [(f"**{KINDS[kind]}**: F1", *(number(values, f"{name}_{kind}_f1") for name in names))]
    gains = [if_there(number, values, f"{name}_minus_{names[0]}_{kind}_f1") for name in names]
    if any(gains):
        rows.append(("change", *gains))
    if kind != "single":
        rows.append(("every topic named", *(rate(values, f"{name}_{kind}_all_named_rate") for name in names)))
    if kind == "sum":
        rows.append(
            ("control: F1 against another sum's topics", *(number(values, f"{name}{OF_ADAPTER}") for name in names))
        )
    return rows
