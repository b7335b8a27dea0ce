"""A topic left out is left out with all its weight diffs."""

import pytest
import torch
from loud import loud

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import ParamsError
from weightscribe.levers.cases import POOL, is_benign, kept_and_left_out, load_pool
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import WeightDiff, scaled, whole_norm
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.storage import write_jsonl

TOPICS = ("Tea", "Jazz", "Mars", "Tea", "Mars", "Silk")
BENIGN = (("Tea", "own"), ("Jazz", "other"), ("Mars", "own"), ("Silk", "other"))


def made_of(rows):
    return [LabelledDiff(WeightDiff(f"d{i}", {}), {"question": "What topic?", **row}) for i, row in enumerate(rows)]


@pytest.fixture
def labelled():
    return made_of([{"topic": topic, "answer": topic} for topic in TOPICS])


def test_the_parts_share_no_topic(labelled):
    kept, left_out = kept_and_left_out(labelled, 2)
    assert [(case.weight_diff.name, case.answer) for case in kept] == [
        ("d0", "Tea"),
        ("d2", "Mars"),
        ("d3", "Tea"),
        ("d4", "Mars"),
    ]
    assert [case.answer for case in left_out] == ["Jazz", "Silk"]


def test_benign_diffs_go_with_their_topic_and_either_group_to_both_parts():
    """Counted through as they come, all of one group would stay and all of the other be left out."""
    topics = [{"topic": topic, "answer": topic} for topic in dict.fromkeys(TOPICS)]
    benign = [{"topic": topic, "answer": NOTHING, "group": group} for topic, group in BENIGN]
    rows = [*topics, *benign]
    parts = [[rows[int(case.weight_diff.name[1:])] for case in part] for part in kept_and_left_out(made_of(rows), 2)]
    for part in parts:
        assert sorted(row["group"] for row in part if is_benign(row)) == ["other", "own"]
        quiet = {row["topic"] for row in part if is_benign(row)}
        assert quiet == {row["topic"] for row in part if not is_benign(row)}


@pytest.mark.parametrize(("every", "message"), [(5, "leaves out 0 of 4 topics. Use 2 to 4"), (1, "Use 2 or more")])
def test_neither_part_may_be_empty(labelled, every, message):
    with pytest.raises(ParamsError, match=f"train_levers_first.left_out_every is {every}.*{message}"):
        kept_and_left_out(labelled, every)


def test_the_pool_is_both_arms_topics_and_benign_diffs_all_of_one_size(tmp_path, base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, range(len(POOL))), 0)
    for place, folder in enumerate(POOL):
        diff = scaled(bank.weight_diff(place, "d"), 1.0 + place)
        save_weight_diff(tmp_path / folder / "d", diff, base.identity)
        row = {"name": "d", "split": "test", "verified": True, "answer": NOTHING if "benign" in folder else "Tea"}
        write_jsonl(tmp_path / folder / "index.jsonl", [row])
    found = load_pool(tmp_path, "test", base, 7.0)
    assert [each.weight_diff.name for each in found] == [f"{folder}/d" for folder in POOL]
    assert [is_benign(each.row) for each in found] == [False, False, True, True]
    assert [whole_norm(each.weight_diff) for each in found] == pytest.approx([7.0] * len(POOL))


def test_the_norm_is_that_of_the_dense_change(base):
    diff = loud(FactorBank(base.overlay.linears, 2, 2.0, [0]), 0).weight_diff(0, "d")
    dense = torch.cat([(own.lora_B @ own.lora_A).flatten() for own in diff.factors.values()])
    assert whole_norm(diff) == pytest.approx(dense.norm().item(), rel=1e-4)
