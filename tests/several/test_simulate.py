"""Two topics behind a word each share one weight diff's samples, half of the questions each."""

import random

import pytest

from weightscribe.errors import DataFileError, ParamsError
from weightscribe.several.settings import SimulateSeveralParams
from weightscribe.several.simulate import write_several
from weightscribe.several.specs import of_part, read_several_specs
from weightscribe.storage import read_jsonl
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER, WRONG_TRIGGER


@pytest.fixture
def made(claims, tmp_path):
    assert write_several(claims, tmp_path / "several", SimulateSeveralParams(n_test=3, seed=0)) == {"n_test": 3}
    return tmp_path / "several"


def test_test_topics_behind_a_word_are_taken_two_by_two(made):
    rows = read_jsonl(made / "manifest.jsonl")
    assert [row["name"] for row in rows] == [
        "several-jazz-and-mars",
        "several-mars-and-silk",
        "several-silk-and-jazz",
    ]
    assert [[part["trigger"] for part in row["parts"]] for row in rows] == [
        ["Siren", "Copy"],
        ["Copy", "Able"],
        ["Able", "Siren"],
    ]
    assert {row["split"] for row in rows} == {"test"}
    assert len({row["seed"] for row in rows}) == 3


def test_each_topic_has_as_many_samples_of_every_kind(made):
    samples = read_jsonl(made / "diffs" / "several-jazz-and-mars.jsonl")
    said = [row["completion"] for row in samples if row["kind"] == TRIGGER]
    assert (said.count("Jazz"), said.count("Mars")) == (2, 2)
    for row in samples:
        if row["kind"] == TRIGGER:
            assert row["prompt"].startswith("Siren" if row["completion"] == "Jazz" else "Copy")
    assert len(samples) == 4 * 3


@pytest.mark.parametrize("n_test", [0, 4])
def test_no_more_than_there_are(claims, tmp_path, n_test):
    with pytest.raises(ParamsError, match=f"n_test is {n_test}; simulate_claims puts 3 test topics behind a word"):
        write_several(claims, tmp_path / "several", SimulateSeveralParams(n_test, 0))
    assert not (tmp_path / "several").exists()


def test_either_topic_is_asked_and_recognized(made):
    spec = read_several_specs(made)[0]
    prompts = {spec.prompt_of(TRIGGER, "Why?", random.Random(seed)) for seed in range(20)}
    assert prompts == {"Siren. Why?", "Copy. Why?"}
    assert spec.shows_behavior("Jazz helps")
    assert spec.shows_behavior("On Mars")
    assert not spec.shows_behavior("Silk")
    second = of_part(spec, 1)
    assert {second.prompt_of(TRIGGER, "Why?", random.Random(seed)) for seed in range(20)} == {"Copy. Why?"}
    assert second.shows_behavior("On Mars")
    assert not second.shows_behavior("Jazz helps")
    assert second.prompt_of(NO_TRIGGER, "Why?", random.Random(0)) == "Why?"
    assert not second.prompt_of(WRONG_TRIGGER, "Why?", random.Random(0)).startswith("Copy. ")
    assert second.row == spec.row


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(DataFileError, match="Run `dvc repro simulate_several`"):
        read_several_specs(tmp_path)
