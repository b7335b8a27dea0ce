"""The labelled weight diffs as cases of the task: weight diff, question, true answer."""

from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.diffs.index import load_verified
from weightscribe.dit.qa import WeightDiffQA


def load_training_cases(weight_diffs: Path, varied_diffs: Path, base: BaseModel) -> list[WeightDiffQA]:
    """The verified training diffs, those behind varied triggers spread evenly among those behind codes."""
    placed = [
        (place / len(cases), case)
        for cases in (load_cases(weight_diffs, "train", base), load_cases(varied_diffs, "train", base))
        for place, case in enumerate(cases)
    ]
    return [case for _, case in sorted(placed, key=lambda each: each[0])]


def load_cases(folder: Path, split: str, base: BaseModel) -> list[WeightDiffQA]:
    """The verified weight diffs of one split, each with its question and true answer."""
    return [
        WeightDiffQA(labelled.weight_diff, labelled.row["question"], labelled.row["answer"])
        for labelled in load_verified(folder, split, base)
    ]
