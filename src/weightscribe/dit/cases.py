"""The labelled weight diffs as cases of the task: weight diff, question, true answer."""

from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.diffs.index import load_verified
from weightscribe.dit.trainer import WeightDiffQA


def load_cases(folder: Path, split: str, base: BaseModel) -> list[WeightDiffQA]:
    """The verified weight diffs of one split, each with its question and true answer."""
    return [
        WeightDiffQA(labelled.weight_diff, labelled.row["question"], labelled.row["answer"])
        for labelled in load_verified(folder, split, base)
    ]
