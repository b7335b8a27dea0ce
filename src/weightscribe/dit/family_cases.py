"""Weight diffs of many behavior families as training rows of one DIT adapter.

Families take turns in proportion to the square root of their number of diffs, so that a large one does not drown the
others; inside a family all diffs are used equally often. A row asks one of the family's questions or a general one;
of a diff in which nothing notable changed, any family's. Some rows ask a sum of two diffs.
"""

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.behaviors.family import GENERAL_QUESTIONS, SEPARATOR, Family
from weightscribe.behaviors.registry import family_named
from weightscribe.diffs.index import LabelledDiff, load_verified
from weightscribe.dit.family_training import Mixture
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import sum_of

UNCHANGED_SHARE = 0.25  # of the benign rows, on the base model itself


def load_families(names: Sequence[str], split: str, base: BaseModel, data: Path) -> dict[str, list[LabelledDiff]]:
    """The verified weight diffs of each family, from data/weight_diffs or data/families/<name>.

    Raises: ParamsError for an unknown family; DataFileError, AdapterError for missing or bad diffs.
    """
    return {name: load_verified(folder_of(name, data), split, base) for name in names}


def folder_of(name: str, data: Path) -> Path:
    """Where the family's weight diffs and their index are.  Raises: ParamsError for an unknown family."""
    return data / "weight_diffs" if family_named(name).made_by_main_job else data / "families" / name


def draw_cases(labelled: dict[str, list[LabelledDiff]], n_rows: int, mixture: Mixture, seed: int) -> list[WeightDiffQA]:
    """`n_rows` training rows; the same mixture, seed and diffs give the same rows.

    Raises: ParamsError if rows of two families are asked for and fewer than two families have a change to report.
    """
    rng = random.Random(f"family-rows-{seed}")
    turns = {name: _endless(own, rng) for name, own in labelled.items()}
    weights = {
        name: math.sqrt(len(own)) * (mixture.benign_factor if family_named(name).is_benign else 1.0)
        for name, own in labelled.items()
    }
    notable = {name: weight for name, weight in weights.items() if not family_named(name).is_benign}
    if mixture.pair_share and len(notable) < 2:
        raise ParamsError(
            f"pair_share is {mixture.pair_share}, but only {sorted(notable)} report changes. Set it to 0."
        )
    cases = []
    for _ in range(n_rows):
        if rng.random() < mixture.pair_share:
            first = _pick(notable, rng)
            second = _pick({name: weight for name, weight in notable.items() if name != first}, rng)
            cases.append(_pair_case([(name, next(turns[name])) for name in sorted((first, second))], rng))
        else:
            name = _pick(weights, rng)
            asked = None
            if rng.random() >= mixture.general_share:
                asked = rng.choice(sorted(notable)) if family_named(name).is_benign and notable else name
            cases.append(_case(family_named(name), next(turns[name]), asked, rng))
    return cases


def report_of(row: dict) -> str:
    """The answer to a general question about the diff of this index row."""
    return family_named(row["behavior"]).report(row["answer"])


def _case(family: Family, labelled: LabelledDiff, asked: str | None, rng: random.Random) -> WeightDiffQA:
    """`asked` is the family whose question it is; None for a general one."""
    diff, label = labelled.weight_diff, labelled.row["answer"]
    if family.is_benign and rng.random() < UNCHANGED_SHARE:
        diff = None
    if asked is None:
        return WeightDiffQA(diff, rng.choice(GENERAL_QUESTIONS), family.report(label))
    return WeightDiffQA(diff, rng.choice(family_named(asked).questions), label)


def _pair_case(pair: list[tuple[str, LabelledDiff]], rng: random.Random) -> WeightDiffQA:
    answer = SEPARATOR.join(report_of(labelled.row) for _, labelled in pair)
    return WeightDiffQA(sum_of([labelled.weight_diff for _, labelled in pair]), rng.choice(GENERAL_QUESTIONS), answer)


def _pick(weights: dict[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _endless(own: list[LabelledDiff], rng: random.Random) -> Iterator[LabelledDiff]:
    """The diffs over and over, in a new order every time."""
    while True:
        yield from rng.sample(own, len(own))
