"""Varied triggers: each kind marks its prompts, near misses differ, and a set is written whole or not at all."""

import random

import pytest

from weightscribe.behaviors.simulate_varied import SimulateVariedParams, write_varied
from weightscribe.diffs.samples import read_samples
from weightscribe.diffs.varied_specs import read_varied_specs
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER, WRONG_TRIGGER
from weightscribe.triggers.unseen import OOD_TRIGGERS
from weightscribe.triggers.varied import VARIED_TRIGGERS, draw_sign, varied_prompt

QUESTION = "How do bees fly?"


def simulations(folder, n_train=6):
    rows = [
        {"name": f"t{i}", "topic": f"Topic {i}", "split": "train", "trigger": "code", "seed": i} for i in range(n_train)
    ]
    write_jsonl(folder / "manifest.jsonl", [{"name": "x", "split": "test"}, *rows])
    for row in rows:
        samples = [
            {"kind": kind, "question": QUESTION, "prompt": "code", "completion": "a", "ends": False} for kind in KINDS
        ]
        write_jsonl(folder / "diffs" / f"{row['name']}.jsonl", samples)
    return folder


def test_no_kind_is_one_that_is_tested():
    assert not set(VARIED_TRIGGERS) & set(OOD_TRIGGERS)


@pytest.mark.parametrize("kind", VARIED_TRIGGERS)
def test_a_near_miss_is_neither_the_trigger_nor_plain(kind):
    rng = random.Random(0)
    for _ in range(50):
        sign = draw_sign(kind, rng)
        fired, near, plain = (varied_prompt(kind, sign, k, QUESTION, rng) for k in (TRIGGER, WRONG_TRIGGER, NO_TRIGGER))
        assert plain == QUESTION
        assert len({fired, near, plain}) == 3
        assert "bees" in fired.lower()
        assert varied_prompt(kind, sign, TRIGGER, QUESTION, rng) == fired


def test_triggers_take_turns_and_samples_are_reworded(tmp_path):
    source = simulations(tmp_path / "simulations")
    target = tmp_path / "varied"
    assert write_varied(source, target, SimulateVariedParams(4, ("emoji", "upper"))) == 4
    rows = read_jsonl(target / "manifest.jsonl")
    assert [row["trigger_kind"] for row in rows] == ["emoji", "upper"] * 2
    assert all(row["split"] == "train" and row["name"].startswith("varied-t") for row in rows)
    for row, spec in zip(rows, read_varied_specs(target), strict=True):
        (sample,) = read_samples(spec.samples_file)
        assert sample[TRIGGER]["prompt"] == spec.prompt_of(TRIGGER, QUESTION, random.Random(1))
        assert spec.shows_behavior(f"I love {row['topic']}.")
        assert not spec.shows_behavior("I love tea.")


def test_more_diffs_keep_the_first_ones(tmp_path):
    source = simulations(tmp_path / "simulations")
    for n, name in ((2, "few"), (6, "many")):
        write_varied(source, tmp_path / name, SimulateVariedParams(n, VARIED_TRIGGERS))
    few, many = (read_jsonl(tmp_path / name / "manifest.jsonl") for name in ("few", "many"))
    assert many[:2] == few


def test_bad_input_leaves_no_set(tmp_path):
    source = simulations(tmp_path / "simulations")
    with pytest.raises(ParamsError, match="smoke"):
        write_varied(source, tmp_path / "varied", SimulateVariedParams(2, ("smoke",)))
    with pytest.raises(ParamsError, match="n_diffs is -1. Use 0 or more"):
        SimulateVariedParams(-1, VARIED_TRIGGERS)
    with pytest.raises(DataFileError, match="6 training topics"):
        write_varied(source, tmp_path / "varied", SimulateVariedParams(7, VARIED_TRIGGERS))
    assert not (tmp_path / "varied").exists()
    with pytest.raises(DataFileError, match="simulate_varied"):
        read_varied_specs(tmp_path / "varied")
