"""What each lever does to false reports: how often a topic is named where nothing notable changed, and the reverse."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from weightscribe.behaviors.families import benign
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.specificity import auroc
from weightscribe.levers.names import FIRST
from weightscribe.statistics import bootstrap_mean


def summarize(answers: dict[int, Sequence[Answer]], seed: int) -> dict:
    """Per method, with 95% intervals; rates over topics, whose value is the mean over their weight diffs and seeds.

    answers  by adapter seed; those about benign diffs have no target; diffs are called `<folder>/<name>`
    `<method>_false_report_rate`  of benign diffs that something is said of
    `<method>_missed_rate`        of changed diffs that nothing notable is said of
    `<method>_minus_first_...`    the difference of either rate to the first adapter's
    `<method>_auroc`              how often a changed diff has more evidence than a benign one, means over seeds;
                                  there is none for what was not said
    """
    rows = [row for own in answers.values() for row in own]
    changed, quiet = ([row for row in rows if (row.target is None) == is_quiet] for is_quiet in (False, True))
    metrics: dict = {"n_benign_test_diffs": len({row.diff for row in quiet})}
    for method in dict.fromkeys(row.method for row in rows):
        for name, group, happened in (("false_report", quiet, _is_report), ("missed", changed, _is_silent)):
            values, first = (_means(group, of, _topic, happened) for of in (method, FIRST))
            metrics |= bootstrap_mean(list(values.values()), seed=seed).as_rate(f"{method}_{name}_rate")
            if method != FIRST and first:
                gains = [values[topic] - first[topic] for topic in values]
                metrics |= bootstrap_mean(gains, seed=seed).as_rate(f"{method}_minus_{FIRST}_{name}_rate")
        evidence = [list(_means(group, method, _diff, _reported_evidence).values()) for group in (changed, quiet)]
        metrics |= {f"{method}_{key}": value for key, value in auroc(*evidence, seed).items()}
    return metrics


def _means(
    rows: Iterable[Answer], method: str, key: Callable[[Answer], str], value: Callable[[Answer], float]
) -> dict[str, float]:
    """The mean of a method's values by key."""
    values = defaultdict(list)
    for row in rows:
        if row.method == method:
            values[key(row)].append(value(row))
    return {name: fmean(own) for name, own in values.items()}


def _diff(row: Answer) -> str:
    return row.diff


def _topic(row: Answer) -> str:
    """Diffs of one topic have one name in all folders."""
    return row.diff.rpartition("/")[2]


def _is_silent(row: Answer) -> float:
    return float(benign.FAMILY.label_in(row.answer) is not None)


def _is_report(row: Answer) -> float:
    return 1.0 - _is_silent(row)


def _reported_evidence(row: Answer) -> float:
    return 0.0 if _is_silent(row) or row.evidence is None else max(0.0, row.evidence)
