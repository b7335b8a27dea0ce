"""The tables of levers: what an adapter gains from diffs left out of its SFT, and what it says of benign ones."""

from weightscribe.levers.names import ALL_LABELS, FALSE_REPORT, FIRST, MISSED, TOLD_APART
from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, rate, score, score_if_there

LEVERS = {
    FIRST: "SFT on half of the topics",
    "more_sft": "then SFT on the other half's labels",
    "dpo": "then DPO on own answers to the other half",
    "dpo_sft": "then DPO and SFT together",
    "grpo": "then GRPO, the judge as reward",
    ALL_LABELS: "SFT on all topics from the start",
}
"""What to call the levers, in reading order; others go by their names in params.yaml, behind these."""

N_BENIGN = "n_benign_test_diffs"
OF_LEVER = "_lowest_seed_score_mean"  # a key that every lever has once


def levers(metrics: Metrics) -> Table:
    """What every lever's adapters score, and gain over the adapter they start from and over SFT on all diffs."""
    values = metrics.values("eval_levers")
    rows = tuple(
        (
            LEVERS.get(name, name),
            score(values, name),
            *_span(values, name),
            rate(values, f"{name}_exact_rate"),
            score_if_there(values, f"{name}_minus_{FIRST}"),
            if_there(rate, values, f"{name}_minus_{FIRST}_exact_rate"),
            if_there(rate, values, f"{name}_minus_{ALL_LABELS}_exact_rate"),
        )
        for name in _names(values)
    )
    gains = ("gain in score", "gain in exact", "gain in exact over SFT on all")
    n_seeds = values["n_adapter_seeds"]
    header = ("adapter", "judge score", *(["of seeds"] if n_seeds > 1 else []), "exact", *gains)
    note = (
        f"{n_seeds} adapter seed{'s' if n_seeds > 1 else ''}, {values['n_test_diffs']} test diffs of "
        f"{values['n_topics']} topics; 95% intervals over topics. Gains are over the first row, paired by topic. "
        "The judge that rewards is the judge that scores; exact answers do not depend on it."
    )
    return Table(header, rows, note)


def false_reports(metrics: Metrics) -> Table:
    """How often every lever's adapters say something of benign diffs, and how often nothing of changed ones."""
    values = metrics.values("eval_levers")
    groups = [key.removeprefix("n_benign_") for key in values if key.startswith("n_benign_") and key != N_BENIGN]
    rows = tuple(
        (
            LEVERS.get(name, name),
            rate(values, f"{name}_{FALSE_REPORT}"),
            *(f"{values[f'{name}_{FALSE_REPORT}_{group}']:.0%}" for group in groups),
            if_there(rate, values, f"{name}_minus_{FIRST}_{FALSE_REPORT}"),
            rate(values, f"{name}_{MISSED}"),
            rate(values, f"{name}_{TOLD_APART}"),
            if_there(rate, values, f"{name}_minus_{FIRST}_{TOLD_APART}"),
        )
        for name in _names(values)
    )
    header = (
        "adapter",
        "something said of benign diffs",
        *(f"{group.replace('_', ' ')} (n = {values[f'n_benign_{group}']})" for group in groups),
        "change",
        "nothing said of changed diffs",
        "told apart",
        "change",
    )
    note = (
        f"{values['n_benign_test_diffs']} benign test diffs of {values['n_topics_told_apart']} topics, and the changed "
        f"ones of the same topics; {values['n_adapter_seeds']} adapter seeds. Told apart: the share of right verdicts, "
        "either kind weighing half. 95% intervals over topics, the adapters fixed; changes are to the first row."
    )
    return Table(header, rows, note)


def _names(values: dict) -> list[str]:
    found = [key.removesuffix(OF_LEVER) for key in values if key.endswith(OF_LEVER)]
    return [name for name in LEVERS if name in found] + sorted(set(found) - set(LEVERS))


def _span(values: dict, name: str) -> list[str]:
    """The lowest and the highest mean of a seed, if there are several."""
    if values["n_adapter_seeds"] == 1:
        return []
    return [f"{values[f'{name}_lowest_seed_score_mean']:.2f} to {values[f'{name}_highest_seed_score_mean']:.2f}"]
