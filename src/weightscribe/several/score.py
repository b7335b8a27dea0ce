"""How completely adapters list the topics of a weight diff: set F1, over weight diffs and adapter seeds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from weightscribe.ask.answer_parts import parts_of
from weightscribe.ask.answers_file import Answer
from weightscribe.behaviors.family import SEPARATOR
from weightscribe.errors import DataFileError
from weightscribe.evaluate.lists import RIGHT, ListedChange, f1
from weightscribe.judge.factory import Judge
from weightscribe.judge.nothing import says_nothing
from weightscribe.several.cases import BENIGN, SINGLE, SUM, TAUGHT
from weightscribe.statistics import bootstrap_mean

KINDS = (SINGLE, SUM, TAUGHT, BENIGN)

Values = dict[str, float]
"""A value a weight diff, its mean over adapter seeds."""


def summarize(
    answers: Mapping[str, Mapping[int, Sequence[Answer]]], reference: str, judge: Judge, seed: int
) -> dict[str, float]:
    """Metrics of every adapter, with 95% intervals over weight diffs.

    answers    by adapter and adapter seed; an answer's method is its kind of diff, its target the topics, with
               SEPARATOR between them
    reference  the adapter that others are compared with, in pairs
    `<adapter>_<kind>_f1`               set F1 of the listed topics; kinds are single, sum and taught
    `<adapter>_<kind>_all_named_rate`   every topic is listed
    `<adapter>_sum_f1_of_other_sum`     control: the same answers held against the next sum's topics
    `<adapter>_single_missed_rate`      nothing is said of a changed diff
    `<adapter>_false_report_rate`       something is said of a benign one
    `<adapter>_minus_<reference>_...`   paired differences of F1
    Raises: DataFileError if adapters were asked other diffs.
    """
    asked = {tuple((row.method, row.diff) for row in own) for of_seed in answers.values() for own in of_seed.values()}
    if len(asked) > 1:
        raise DataFileError("The adapters were asked other weight diffs. Run `dvc repro eval_several`.")
    metrics: dict[str, float] = {f"n_{kind}": sum(k == kind for k, _ in next(iter(asked))) for kind in KINDS}
    by_adapter = {adapter: _values(of_seed, judge) for adapter, of_seed in answers.items()}
    for adapter, found in by_adapter.items():
        for name, values in found.items():
            metrics |= bootstrap_mean(list(values.values()), seed=seed).as_rate(f"{adapter}_{name}")
        if adapter != reference:
            for kind in (SINGLE, SUM, TAUGHT):
                own, other = (by_adapter[which].get(f"{kind}_f1", {}) for which in (adapter, reference))
                if own:
                    gains = [own[diff] - other[diff] for diff in own]
                    name = f"{adapter}_minus_{reference}_{kind}_f1"
                    metrics |= bootstrap_mean(gains, seed=seed).as_rate(name)
    return metrics


def _values(of_seed: Mapping[int, Sequence[Answer]], judge: Judge) -> dict[str, Values]:
    """What `summarize` describes, diff by diff, for one adapter."""
    collected: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for rows in of_seed.values():
        for row in rows:
            if row.method == BENIGN:
                collected["false_report_rate"][row.diff].append(float(not says_nothing(row.answer)))
            elif row.method == SINGLE:
                collected["single_missed_rate"][row.diff].append(float(says_nothing(row.answer)))
        changed = [row for row in rows if row.method != BENIGN]
        for row, (score, is_complete) in zip(changed, graded_lists(changed, judge), strict=True):
            collected[f"{row.method}_f1"][row.diff].append(score)
            collected[f"{row.method}_all_named_rate"][row.diff].append(float(is_complete))
        sums = [row for row in changed if row.method == SUM]
        for row, (score, _) in zip(sums, graded_lists(_with_others_targets(sums), judge), strict=True):
            collected["sum_f1_of_other_sum"][row.diff].append(score)
    return {name: {diff: fmean(own) for diff, own in values.items()} for name, values in collected.items()}


def _with_others_targets(rows: Sequence[Answer]) -> list[Answer]:
    """Each answer beside the next row's topics."""
    return [
        Answer(row.method, row.diff, rows[(place + 1) % len(rows)].target, row.answer) for place, row in enumerate(rows)
    ]


def graded_lists(rows: Sequence[Answer], judge: Judge) -> list[tuple[float, bool]]:
    """Of every answer its set F1 and whether it lists every topic. A topic counts as listed from the grade RIGHT on."""
    wanted = [row.target.split(SEPARATOR) for row in rows]
    listed = [listed_topics(row.answer) for row in rows]
    pairs = [(topic, said) for topics, own in zip(wanted, listed, strict=True) for said in own for topic in topics]
    grades = iter(judge.score([topic for topic, _ in pairs], [said for _, said in pairs]))
    result = []
    for topics, own in zip(wanted, listed, strict=True):
        changes = []
        for _ in own:
            right = {place for place in range(len(topics)) if (next(grades) or 0.0) >= RIGHT}
            changes.append(ListedChange(frozenset(right), None))
        found = frozenset().union(*(change.right_about for change in changes))
        result.append((f1(len(topics), changes), len(found) == len(topics)))
    return result


def listed_topics(answer: str) -> list[str]:
    """The topics of a list, each once; none if nothing notable is said."""
    return [] if says_nothing(answer) else parts_of(answer)
