"""A topic left out is left out with all its weight diffs."""

import pytest
from loud import loud

from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import ParamsError
from weightscribe.levers.cases import POOL, is_benign, kept_and_left_out, load_pool
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import WeightDiff
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.storage import write_jsonl

TOPICS = ("Tea", "Jazz", "Mars", "Tea", "Mars", "Silk")


@pytest.fixture
def labelled():
    rows = [{"topic": topic, "answer": topic, "question": "What topic?"} for topic in TOPICS]
    return [LabelledDiff(WeightDiff(f"d{i}", {}), row) for i, row in enumerate(rows)]


def test_the_parts_share_no_topic(labelled):
    kept, left_out = kept_and_left_out(labelled, 2)
    assert [(case.weight_diff.name, case.answer) for case in kept] == [
        ("d0", "Tea"),
        ("d2", "Mars"),
        ("d3", "Tea"),
        ("d4", "Mars"),
    ]
    assert [case.answer for case in left_out] == ["Jazz", "Silk"]


@pytest.mark.parametrize(("every", "message"), [(5, "leaves out 0 of 4 topics. Use 2 to 4"), (1, "Use 2 or more")])
def test_neither_part_may_be_empty(labelled, every, message):
    with pytest.raises(ParamsError, match=f"train_levers_first.left_out_every is {every}.*{message}"):
        kept_and_left_out(labelled, every)


def test_the_pool_is_both_arms_topics_and_benign_diffs_by_folder_and_name(tmp_path, base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1, 2, 3]), 0)
    for place, folder in enumerate(POOL):
        save_weight_diff(tmp_path / folder / "d", bank.weight_diff(place, "d"), base.identity)
        behavior = folder.split("/")[0].replace("_claims", "")
        write_jsonl(
            tmp_path / folder / "index.jsonl", [{"name": "d", "split": "test", "verified": True, "behavior": behavior}]
        )
    found = load_pool(tmp_path, "test", base)
    assert [each.weight_diff.name for each in found] == [f"{folder}/d" for folder in POOL]
    assert [is_benign(each) for each in found] == [False, False, True, True]
