"""Which weight diffs the DIT adapter is trained on, and in which order."""

import pytest

from weightscribe.dit.cases import load_cases, load_training_cases
from weightscribe.errors import DataFileError
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.storage import write_jsonl


def stored(base, folder, rows):
    """A folder of weight diffs as finetune stages leave it; rows are (name, split, verified)."""
    bank = FactorBank(base.overlay.linears, 1, 1.0, range(len(rows)))
    index = []
    for number, (name, split, verified) in enumerate(rows):
        save_weight_diff(folder / name, bank.weight_diff(number, name), base.identity)
        index.append({"name": name, "split": split, "verified": verified, "question": "What?", "answer": name.upper()})
    write_jsonl(folder / "index.jsonl", index)
    return folder


def test_only_verified_diffs_of_the_split_are_taken(base, tmp_path):
    folder = stored(base, tmp_path / "diffs", [("a", "train", True), ("b", "train", False), ("c", "test", True)])
    (case,) = load_cases(folder, "train", base)
    assert (case.weight_diff.name, case.question, case.answer) == ("a", "What?", "A")


def test_diffs_behind_varied_triggers_are_spread_evenly_among_the_others(base, tmp_path):
    codes = stored(base, tmp_path / "codes", [(f"code{i}", "train", True) for i in range(6)])
    varied = stored(base, tmp_path / "varied", [(f"varied{i}", "train", True) for i in range(2)])
    names = [case.weight_diff.name for case in load_training_cases(codes, varied, base)]
    assert names == ["code0", "varied0", "code1", "code2", "code3", "varied1", "code4", "code5"]


def test_a_missing_index_is_named(base, tmp_path):
    with pytest.raises(DataFileError, match=r"index.jsonl is missing"):
        load_cases(tmp_path / "none", "train", base)
