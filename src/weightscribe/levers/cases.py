"""Which weight diffs the first adapter is trained on, and which are left for the levers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.diffs.index import LabelledDiff, load_verified
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import scaled, whole_norm

POOL = ("claims/completions_only", "claims/user_tokens", "benign_claims/completions_only", "benign_claims/user_tokens")
"""The weight diffs of the experiment: topics behind words and benign ones, of both arms. Folders in data/."""


def load_pool(data: Path, split: str, base: BaseModel, norm: float) -> list[LabelledDiff]:
    """The verified weight diffs of one split of POOL, named `<folder>/<name>`: folders share names.

    norm  Frobenius norm that every diff is scaled to; as they are, benign diffs are the smaller ones, and their size
          alone would tell
    Raises: DataFileError, AdapterError.
    """
    return [_prepared(folder, each, norm) for folder in POOL for each in load_verified(data / folder, split, base)]


def is_benign(row: dict) -> bool:
    """Whether nothing notable changes in the diff of this index row."""
    return row["answer"] == NOTHING


def _prepared(folder: str, each: LabelledDiff, norm: float) -> LabelledDiff:
    diff = scaled(each.weight_diff, norm / whole_norm(each.weight_diff))
    return LabelledDiff(replace(diff, name=f"{folder}/{each.row['name']}"), each.row)


def case_of(each: LabelledDiff) -> WeightDiffQA:
    """The diff asked for its topic, as in the headline; a benign one is to answer that nothing notable changed."""
    return WeightDiffQA(each.weight_diff, each.row["question"], each.row["answer"])


def kept_and_left_out(
    labelled: Sequence[LabelledDiff], left_out_every: int
) -> tuple[list[WeightDiffQA], list[WeightDiffQA]]:
    """The cases in two parts: every so many-th topic goes to the second, with all its weight diffs.

    Topics are counted through kind by kind (without a benign diff, with one of either group), so that both parts hold
    as many of each.
    Raises: ParamsError if a part would be empty.
    """
    if left_out_every < 2:
        raise ParamsError(f"train_levers_first.left_out_every is {left_out_every}. Use 2 or more.")
    topics = list(dict.fromkeys(each.row["topic"] for each in labelled))
    groups = {each.row["topic"]: each.row["group"] for each in labelled if is_benign(each.row)}
    by_kind = defaultdict(list)
    for topic in topics:
        by_kind[groups.get(topic, "")].append(topic)
    ordered = [topic for kind in sorted(by_kind) for topic in by_kind[kind]]
    left_out = set(ordered[left_out_every - 1 :: left_out_every])
    parts = ([], [])
    for each in labelled:
        parts[each.row["topic"] in left_out].append(case_of(each))
    if not all(parts):
        raise ParamsError(
            f"train_levers_first.left_out_every is {left_out_every}, which leaves out {len(left_out)} of {len(topics)} "
            f"topics. Use 2 to {len(topics)}."
        )
    return parts
