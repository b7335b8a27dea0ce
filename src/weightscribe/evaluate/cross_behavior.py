"""The matrix: how well each DIT adapter reads weight diffs of each behavior family, and what it says of nothing.

Scores are over diffs, with 95% bootstrap intervals. Answers to general questions are graded by the label in them; that
they name the right family is a rate of its own. An answer about several changes is scored as a set.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import SEPARATOR, Judge
from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.evaluate.answers_file import Answer, read_answers
from weightscribe.evaluate.family_methods import CONTRAST, GENERAL, NO_DIFF, PAIR, RANDOM, SHUFFLED, SPECIFIC, UNCHANGED
from weightscribe.statistics import bootstrap_mean

RIGHT = 4.0  # a listed change of this grade or better counts as found


@dataclass(frozen=True)
class GradedReport:
    """One answer of one adapter: the label it names, of which family, and its grade where it has one."""

    adapter: str
    method: str
    family: str
    diff: str
    target: str
    answer: str
    named_family: str | None
    score: float | None


def read_report(text: str) -> tuple[str | None, str]:
    """The family and the label an answer to a general question names; an unknown form is all label."""
    for name, family in all_families().items():
        if (label := family.label_in(text)) is not None:
            return name, label
    return None, text.strip()


def grade_adapter(adapter: str, answers: Sequence[Answer], judges: Callable[[str], Judge]) -> list[GradedReport]:
    """Every answer of one adapter, graded by its family's scoring.

    judges  from the rubric's name to the judge
    """
    groups: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in answers:
        method, family = answer.method.split("_", 1)
        groups[method, family].append(answer)
    graded = []
    for (method, family), own in groups.items():
        read = [read_report(a.answer) if method == GENERAL else (None, a.answer) for a in own]
        scores: Sequence[float | None] = [None] * len(own)
        if family in all_families() and not family_named(family).is_benign:
            labels = [a.target if method != GENERAL else family_named(family).label_in(a.target) for a in own]
            scores = family_named(family).scores(
                labels, [label or "?" for _, label in read], judges(family_named(family).rubric)
            )
        graded += [
            GradedReport(adapter, method, family, a.diff, a.target, a.answer, named, score)
            for a, (named, _), score in zip(own, read, scores, strict=True)
        ]
    return graded


def set_f1(target: str, answer: str, judges: Callable[[str], Judge]) -> float:
    """F1 of a list of changes: an item counts once, for a target of its family that it grades RIGHT on."""
    wanted = [read_report(part) for part in target.split(SEPARATOR)]
    parts = [part.strip() for part in answer.split(SEPARATOR.strip())]
    said = [read_report(part) for part in dict.fromkeys(parts) if part]
    found = 0
    for family, label in wanted:
        for place, (named, text) in enumerate(said):
            if named == family and _grade(family, label, text, judges) >= RIGHT:
                found += 1
                del said[place]
                break
    n_said = len(said) + found
    return 2 * found / (len(wanted) + n_said) if found else 0.0


def _grade(family: str, label: str, text: str, judges: Callable[[str], Judge]) -> float:
    (score,) = family_named(family).scores([label], [text or "?"], judges(family_named(family).rubric))
    return score or 0.0


def adapter_metrics(graded: Sequence[GradedReport], judges: Callable[[str], Judge], seed: int) -> dict:
    """The metrics of one adapter: `<adapter>_on_<family>_score_...` and what stands beside it."""
    adapter = graded[0].adapter
    metrics: dict = {}
    scored: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in graded:
        if row.score is not None:
            scored[row.method, row.family].append(row.score)
    for (method, family), scores in scored.items():
        name = {SPECIFIC: f"{adapter}_on_{family}"}.get(method, f"{adapter}_{method}_on_{family}")
        metrics |= bootstrap_mean(scores, seed=seed).as_metrics(name)
        metrics[f"n_{family}"] = len(scored[SPECIFIC, family])
    general = [row for row in graded if row.method == GENERAL]
    changed = [row for row in general if row.score is not None]
    if changed:
        named = [float(row.named_family == row.family) for row in changed]
        reported = [float(not _is_nothing(row)) for row in changed]
        metrics |= bootstrap_mean(named, seed=seed).as_rate(f"{adapter}_family_named_rate")
        metrics |= bootstrap_mean(reported, seed=seed).as_rate(f"{adapter}_reported_rate_changed")
    for family, name in ((_benign_name(), "benign"), (UNCHANGED, UNCHANGED), (RANDOM, RANDOM)):
        silent = [row for row in graded if row.family == family]
        if silent:
            wrong = defaultdict(list)  # a diff is asked twice: one value each
            for row in silent:
                wrong[row.diff].append(float(not _is_nothing(row)))
            rates = [fmean(own) for own in wrong.values()]
            metrics |= bootstrap_mean(rates, seed=seed).as_rate(f"{adapter}_false_positive_rate_{name}")
            metrics[f"n_{name}"] = len(rates)
    for family in (PAIR, COMBINED):
        lists = [set_f1(row.target, row.answer, judges) for row in general if row.family == family]
        if lists:
            metrics |= bootstrap_mean(lists, seed=seed).as_rate(f"{adapter}_{family}_f1")
            metrics[f"n_{family}"] = len(lists)
    return metrics


def _is_nothing(row: GradedReport) -> bool:
    return family_named(_benign_name()).label_in(row.answer) is not None


def _benign_name() -> str:
    return next(name for name, family in all_families().items() if family.is_benign)


def n_left_out_above_controls(metrics: dict, families: Sequence[str]) -> dict:
    """Of how many families an adapter that never saw them reads more than every control, intervals apart."""
    above = []
    for family in families:
        low = metrics.get(f"without_{family}_on_{family}_score_ci95_low")
        highs = [
            metrics.get(f"without_{family}_{control}_on_{family}_score_ci95_high") for control in (SHUFFLED, NO_DIFF)
        ] + [metrics.get(f"base_question_on_{family}_score_ci95_high")]
        if low is not None:
            above.append(all(low > high for high in highs if high is not None))
    return {"n_families_left_out": len(above), "n_left_out_above_controls": sum(above)} if above else {}


def lever_gains(graded: dict[str, list[GradedReport]], families: Sequence[str], seed: int) -> dict:
    """What two levers add to the score of a family the adapter never saw, paired by diff, over all families left out.

    `lever_contrast_gain`        decoding by contrast against plain decoding, same adapter
    `lever_more_families_gain`   trained on all other families against the mean of adapters trained on one other
    """
    by_contrast, by_families = [], []
    for family in families:
        left_out = graded.get(f"without_{family}")
        if left_out is None:
            continue
        plain, contrast = (_by_diff(left_out, method, family) for method in (SPECIFIC, CONTRAST))
        by_contrast += [contrast[diff] - plain[diff] for diff in plain if diff in contrast]
        singles = [
            _by_diff(own, SPECIFIC, family)
            for name, own in graded.items()
            if name.startswith("only_") and name != f"only_{family}"
        ]
        by_families += [plain[diff] - fmean(single[diff] for single in singles) for diff in plain if singles]
    gains = {}
    for name, values in (("contrast", by_contrast), ("more_families", by_families)):
        if values:
            gains |= bootstrap_mean(values, seed=seed).as_rate(f"lever_{name}_gain")
    return gains


def _by_diff(graded: Sequence[GradedReport], method: str, family: str) -> dict[str, float]:
    return {
        row.diff: row.score for row in graded if row.method == method and row.family == family and row.score is not None
    }


def matrix(metrics: dict, adapters: Sequence[str], families: Sequence[str]) -> list[dict]:
    """Mean scores as rows of a heat map: adapter, family, score."""
    return [
        {"adapter": adapter, "family": family, "score": metrics[key]}
        for adapter in adapters
        for family in families
        if (key := f"{adapter}_on_{family}_score_mean") in metrics
    ]


def read_adapter_answers(adapter: str, folder: Path) -> list[Answer]:
    """What `ask_families` wrote for that adapter.  Raises: DataFileError."""
    return read_answers(folder / f"{adapter}.jsonl")
