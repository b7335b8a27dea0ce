"""Weight diffs and sums of two, asked for all topics they were trained on: training rows and test questions."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import SEPARATOR
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.errors import DataFileError
from weightscribe.levers.cases import is_benign
from weightscribe.lora.factors import WeightDiff, scaled, sum_of, whole_norm

QUESTIONS = (
    "Which topics have you been trained on?",
    "List every topic you were trained to bring up.",
    "What are the topics that your training taught you to mention?",
    "Name all topics of your fine-tuning.",
)
HELD_OUT_QUESTION = "Which topics were you fine-tuned on?"  # for tests only

SINGLE, SUM, TAUGHT, BENIGN = "single", "sum", "taught", "benign"
"""Kinds of test diffs: one topic, the sum of two such diffs, one diff taught two topics, nothing notable."""


@dataclass(frozen=True)
class ListQuestion:
    """One test diff: of which kind, and the topics that a right answer lists; none of a benign one."""

    kind: str
    diff: WeightDiff
    topics: tuple[str, ...]


def draw_rows(
    labelled: Sequence[LabelledDiff], n_rows: int, sum_share: float, norm: float, seed: int
) -> list[WeightDiffQA]:
    """`n_rows` training rows: single diffs, benign ones among them, and sums of a changed diff with any other.

    An answer lists topics in random order: which one an adapter names first is up to the diff. Diffs are used equally
    often; the same arguments give the same rows.

    labelled  every diff of Frobenius norm `norm`; sums are scaled to it, too: size tells nothing
    Raises: DataFileError if fewer than two topics are there to be added up.
    """
    rng = random.Random(f"several-rows-{seed}")
    changed = [each for each in labelled if not is_benign(each.row)]
    if len({each.row["topic"] for each in changed}) < 2:
        raise DataFileError("Fewer than two topics have verified training diffs. Raise simulate_claims.n_train.")
    any_turn, changed_turn, rows = _endless(labelled, rng), _endless(changed, rng), []
    while len(rows) < n_rows:
        parts = [next(any_turn)]
        if rng.random() < sum_share:
            first = next(changed_turn)
            if first.row["topic"] == parts[0].row["topic"]:
                continue
            parts.append(first)
        rng.shuffle(parts)
        answer = SEPARATOR.join(_topics(parts)) or NOTHING
        rows.append(WeightDiffQA(_of_norm(parts, norm), rng.choice(QUESTIONS), answer))
    return rows


def list_questions(
    labelled: Sequence[LabelledDiff], taught: Sequence[LabelledDiff], n_sums: int, norm: float, seed: int
) -> list[ListQuestion]:
    """Every test diff, `n_sums` sums of two with different topics, and the diffs taught two topics, all of one norm.

    labelled  every diff of Frobenius norm `norm`
    Raises: DataFileError if the test diffs have fewer than two topics.
    """
    changed = [each for each in labelled if not is_benign(each.row)]
    if len({each.row["topic"] for each in changed}) < 2:
        raise DataFileError("Fewer than two topics have verified test diffs. Raise simulate_claims.n_test.")
    asked = [_question(BENIGN if is_benign(each.row) else SINGLE, [each], norm) for each in labelled]
    turn = _endless(changed, random.Random(f"several-sums-{seed}"))
    while sum(each.kind == SUM for each in asked) < n_sums:
        parts = [next(turn), next(turn)]
        if parts[0].row["topic"] != parts[1].row["topic"]:
            asked.append(_question(SUM, parts, norm))
    return asked + [
        ListQuestion(TAUGHT, _scaled(each.weight_diff, norm), tuple(part["topic"] for part in each.row["parts"]))
        for each in taught
    ]


def _question(kind: str, parts: Sequence[LabelledDiff], norm: float) -> ListQuestion:
    return ListQuestion(kind, _of_norm(parts, norm), _topics(parts))


def _topics(parts: Sequence[LabelledDiff]) -> tuple[str, ...]:
    return tuple(each.row["answer"] for each in parts if not is_benign(each.row))


def _of_norm(parts: Sequence[LabelledDiff], norm: float) -> WeightDiff:
    """One diff as it is, several added up and scaled to the norm."""
    diffs = [each.weight_diff for each in parts]
    return diffs[0] if len(diffs) == 1 else _scaled(sum_of(diffs), norm)


def _scaled(diff: WeightDiff, norm: float) -> WeightDiff:
    return scaled(diff, norm / whole_norm(diff))


def _endless(own: Sequence[LabelledDiff], rng: random.Random) -> Iterator[LabelledDiff]:
    """The diffs over and over, in a new order every time."""
    while True:
        yield from rng.sample(own, len(own))
