"""What each lever does to false reports, on topics with both a weight diff that brings them up and a benign one.

A false report says something of a benign diff; a missed change is a diff that brings up its topic and of which nothing
notable is said.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from weightscribe.ask.answers_file import Answer
from weightscribe.errors import DataFileError
from weightscribe.judge.nothing import says_nothing
from weightscribe.levers.by_topic import gain, means
from weightscribe.levers.names import FALSE_REPORT, FIRST, MISSED, TOLD_APART
from weightscribe.statistics import bootstrap_mean


def summarize(answers: Mapping[int, Sequence[Answer]], groups: Mapping[str, str], seed: int) -> dict:
    """Per method, with 95% intervals over topics; a topic's value is the mean over its weight diffs and seeds.

    answers  by adapter seed; those about benign diffs have no target; diffs are called `<folder>/<name>`
    groups   from a benign diff's name to what it was taught
    `<method>_false_report_rate`  of benign diffs that something is said of; also by group, and of the lowest and the
                                  highest seed
    `<method>_missed_rate`        of changed diffs that nothing notable is said of
    `<method>_told_apart_rate`    share of right verdicts, changed and benign diffs weighing the same
    `<method>_minus_first_...`    their differences to the first adapter's
    Raises: DataFileError if no topic has both, or a benign diff has no group.
    """
    everything = [row for own in answers.values() for row in own]
    benign, changed = ({_topic(row) for row in everything if bool(row.target) == told} for told in (False, True))
    shared = benign & changed
    if not shared:
        raise DataFileError("No topic has both a changed and a benign test diff that was asked. Ask more of both.")
    by_seed = [[row for row in own if _topic(row) in shared] for own in answers.values()]
    rows = [row for own in by_seed for row in own]
    of_group = _by_group(rows, groups)
    metrics: dict = {
        "n_topics_told_apart": len(shared),
        "n_benign_test_diffs": sum(len(diffs) for diffs in of_group.values()),
        **{f"n_benign_{group}": len(diffs) for group, diffs in of_group.items()},
    }
    first = _rates(_of(rows, FIRST))
    for method in dict.fromkeys(row.method for row in rows):
        own = _of(rows, method)
        for name, values in _rates(own).items():
            metrics |= bootstrap_mean(list(values.values()), seed=seed).as_rate(f"{method}_{name}")
            if method != FIRST and first[name]:
                metrics |= gain(values, first[name], seed).as_rate(f"{method}_minus_{FIRST}_{name}")
        for group, diffs in of_group.items():
            values = means([row for row in own if row.diff in diffs], _topic, _is_report)
            metrics |= bootstrap_mean(list(values.values()), seed=seed).as_rate(f"{method}_{FALSE_REPORT}_{group}")
        of_seeds = [fmean(_rates(_of(of_seed, method))[FALSE_REPORT].values()) for of_seed in by_seed]
        metrics |= {f"{method}_lowest_seed_{FALSE_REPORT}": min(of_seeds)}
        metrics |= {f"{method}_highest_seed_{FALSE_REPORT}": max(of_seeds)}
    return metrics


def _of(rows: Sequence[Answer], method: str) -> list[Answer]:
    return [row for row in rows if row.method == method]


def _by_group(rows: Sequence[Answer], groups: Mapping[str, str]) -> dict[str, set[str]]:
    """The benign diffs of each group, by what they are called in the answers."""
    found = defaultdict(set)
    for row in rows:
        if row.target is None:
            if _name(row) not in groups:
                raise DataFileError(f"'{_name(row)}' is no benign diff of the manifest. Run `dvc repro ask_levers`.")
            found[groups[_name(row)]].add(row.diff)
    return dict(sorted(found.items()))


def _rates(rows: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """The three rates of one method by topic."""
    false = means([row for row in rows if row.target is None], _topic, _is_report)
    missed = means([row for row in rows if row.target], _topic, lambda row: 1.0 - _is_report(row))
    told_apart = {topic: 1.0 - (false[topic] + missed[topic]) / 2 for topic in false}
    return {FALSE_REPORT: false, MISSED: missed, TOLD_APART: told_apart}


def _topic(row: Answer) -> str:
    """One name for a topic's changed and its benign diffs of both arms."""
    return _name(row).removeprefix("benign-")


def _name(row: Answer) -> str:
    return row.diff.rpartition("/")[2]


def _is_report(row: Answer) -> float:
    return float(not says_nothing(row.answer))
