"""Which weight diffs the first adapter is trained on, and which are left for the levers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff, load_verified
from weightscribe.dit.trainer import WeightDiffQA
from weightscribe.errors import ParamsError


def load_pool(folders: Sequence[Path], split: str, base: BaseModel) -> list[LabelledDiff]:
    """The verified weight diffs of one split of all folders, named `<folder>/<name>`: folders may share names.

    Raises: DataFileError, AdapterError.
    """
    return [_named(folder, each) for folder in folders for each in load_verified(folder, split, base)]


def _named(folder: Path, each: LabelledDiff) -> LabelledDiff:
    return LabelledDiff(replace(each.weight_diff, name=f"{folder.name}/{each.row['name']}"), each.row)


def case_of(each: LabelledDiff) -> WeightDiffQA:
    """The diff asked for its topic, as in the headline."""
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
