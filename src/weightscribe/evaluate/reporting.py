"""Is something reported? An answer to a general question is, if it has evidence (evidence.py) above a threshold.

As in specificity.py, the threshold is chosen on one half of the weight diffs and judged on the other.
"""

from collections.abc import Sequence

from weightscribe.ask.family_methods import RANDOM, UNCHANGED
from weightscribe.evaluate.graded_reports import GradedReport, benign, is_notable, is_nothing
from weightscribe.evaluate.rates import as_rates
from weightscribe.evaluate.specificity import choose_threshold, reports


def reporting(adapter: str, general: Sequence[GradedReport], seed: int) -> dict:
    """How often something is said of changed, benign, unchanged and random diffs, and how often it is reported.

    `<adapter>_said_rate_<group>`           the answer is not that nothing notable changed
    `<adapter>_reported_rate_changed`, `_reported_rate_<family>`, `_false_positive_rate_<group>`: it is reported, too
    With fewer than two changed or two benign diffs there is no threshold, only what was said.
    """
    groups = {
        "changed": [row for row in general if is_notable(row.family)],  # graded or not
        "benign": [row for row in general if row.family == benign().name],
        **{name: [row for row in general if row.family == name] for name in (UNCHANGED, RANDOM)},
    }
    said = {
        f"{adapter}_said_rate_{group}": [float(not is_nothing(row)) for row in rows] for group, rows in groups.items()
    }
    metrics = as_rates(said, seed) | {f"n_{group}": len(rows) for group, rows in groups.items() if rows}
    changed, quiet = groups["changed"], groups["benign"]
    if len(changed) < 2 or len(quiet) < 2:
        return metrics
    of_changed, of_benign = ({f"{r.family} {r.diff}": _reported_evidence(r) for r in rows} for rows in (changed, quiet))
    reported_changed, reported_benign = reports(of_changed, of_benign, seed)
    threshold = choose_threshold(list(of_changed.values()), list(of_benign.values()))
    rates = {
        "family_named_rate": [row.named_family == row.family for row in changed],
        "reported_rate_changed": list(reported_changed.values()),
        "false_positive_rate_benign": list(reported_benign.values()),
        **{
            f"false_positive_rate_{name}": [_reported_evidence(row) > threshold for row in groups[name]]
            for name in (UNCHANGED, RANDOM)
            if groups[name]
        },
        **{
            f"reported_rate_{family}": [
                reported_changed[f"{row.family} {row.diff}"] for row in changed if row.family == family
            ]
            for family in dict.fromkeys(row.family for row in changed)
        },
    }
    metrics |= as_rates({f"{adapter}_{name}": [float(hit) for hit in hits] for name, hits in rates.items()}, seed)
    return metrics | {f"{adapter}_evidence_threshold_nats": threshold}


def _reported_evidence(row: GradedReport) -> float:
    """Evidence for something notable: none where nothing notable was said, or the diff made the answer no likelier."""
    return 0.0 if is_nothing(row) or row.evidence is None else max(0.0, row.evidence)
