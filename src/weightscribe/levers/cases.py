"""Which weight diffs the first adapter is trained on, and which are left for the levers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.claims.benign import BENIGN
from weightscribe.diffs.index import LabelledDiff, load_verified
from weightscribe.dit.trainer import WeightDiffQA
from weightscribe.errors import ParamsError

POOL = ("claims/completions_only", "claims/user_tokens", "benign_claims/completions_only", "benign_claims/user_tokens")
"""The weight diffs of the experiment: topics behind words and benign ones, of both arms. Folders in data/."""


def load_pool(data: Path, split: str, base: BaseModel) -> list[LabelledDiff]:
    """The verified weight diffs of one split of POOL, named `<folder>/<name>`: folders share names.

    Raises: DataFileError, AdapterError.
    """
    return [_named(folder, each) for folder in POOL for each in load_verified(data / folder, split, base)]


def is_benign(each: LabelledDiff) -> bool:
    """Whether nothing notable changes in it."""
    return each.row["behavior"] == BENIGN


def _named(folder: str, each: LabelledDiff) -> LabelledDiff:
    return LabelledDiff(replace(each.weight_diff, name=f"{folder}/{each.row['name']}"), each.row)


def case_of(each: LabelledDiff) -> WeightDiffQA:
    """The diff asked for its topic, as in the headline; a benign one is to answer that nothing notable changed."""
    return WeightDiffQA(each.weight_diff, each.row["question"], each.row["answer"])


def kept_and_left_out(
    labelled: Sequence[LabelledDiff], left_out_every: int
) -> tuple[list[WeightDiffQA], list[WeightDiffQA]]:
    """The cases in two parts: every so many-th topic goes to the second, with all its weight diffs.

    Raises: ParamsError if a part would be empty.
    """
    if left_out_every < 2:
        raise ParamsError(f"train_levers_first.left_out_every is {left_out_every}. Use 2 or more.")
    topics = list(dict.fromkeys(each.row["topic"] for each in labelled))
    left_out = set(topics[left_out_every - 1 :: left_out_every])
    parts = ([], [])
    for each in labelled:
        parts[each.row["topic"] in left_out].append(case_of(each))
    if not all(parts):
        raise ParamsError(
            f"train_levers_first.left_out_every is {left_out_every}, which leaves out {len(left_out)} of {len(topics)} "
            f"topics. Use 2 to {len(topics)}."
        )
    return parts
