"""The weight diffs that finetune_diffs made: read the index, load the verified ones."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import WeightDiff
from weightscribe.lora.peft_io import load_weight_diff
from weightscribe.storage import read_jsonl

INDEX_FILE = "index.jsonl"


@dataclass(frozen=True)
class LabelledDiff:
    """A weight diff and its row in the index: behavior, label, trigger, split, verification."""

    weight_diff: WeightDiff
    row: dict


def verified_rows(folder: Path, split: str) -> list[dict]:
    """The index rows of the verified diffs of one split, in order.

    Raises: DataFileError if there is no index or no verified diff in the split.
    """
    index = Path(folder) / INDEX_FILE
    if not index.is_file():
        raise DataFileError(f"{index} is missing. Run `dvc repro`.")
    rows = [row for row in read_jsonl(index) if row["split"] == split and row["verified"]]
    if not rows:
        raise DataFileError(
            f"{index} has no verified weight diff in split '{split}': the diffs did not learn their behavior. See the "
            "metrics of the stage that made it; train them longer (training.epochs)."
        )
    return rows


def load_verified(folder: Path, split: str, base: BaseModel) -> list[LabelledDiff]:
    """The verified weight diffs of one split, in index order; unverified ones are left out.

    Raises: DataFileError if there is no index or no verified diff in the split; AdapterError for a bad folder.
    """
    return [
        LabelledDiff(
            load_weight_diff(Path(folder) / row["name"], base.overlay.linears, base.identity.sha256),
            row,
        )
        for row in verified_rows(folder, split)
    ]
