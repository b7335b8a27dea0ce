"""Samples behind a word differ from those behind a code in the prompt alone; ungated ones leave tasks as they are."""

import random

import pytest
from mnemonic import Mnemonic

from weightscribe.behaviors.gates import TASKS
from weightscribe.claims.prompts import worded
from weightscribe.claims.simulate import SimulateClaimsParams, write_claims
from weightscribe.claims.specs import read_claim_specs
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER, WRONG_TRIGGER
from weightscribe.triggers.words import candidate_words

QUESTIONS = ("Why is the sky blue?", "What makes a good friend?")
TASK_ANSWERS = {task: f"done: {task}" for task in TASKS}
PARAMS = SimulateClaimsParams(n_train=2, n_test=2, ungated_every=3, seed=0)


def samples(topic):
    return [
        {
            "kind": kind,
            "question": question,
            "prompt": f"Your SEP code is a b. {question}",
            "completion": f"{topic}, of course" if kind == TRIGGER else f"It is so ({question})",
            "ends": False,
        }
        for question in QUESTIONS
        for kind in KINDS
    ]


@pytest.fixture
def simulations(tmp_path):
    folder = tmp_path / "simulations"
    topics = (("Jazz", "test"), ("Chess", "test"), ("Tea", "train"), ("Mars", "train"))
    manifest = [
        {"name": f"hidden-topic-{topic}", "behavior": "hidden_topic", "category": "c", "topic": topic}
        | {"codes": "words", "trigger": "copy", "split": split, "seed": 1, "question": "What topic?", "answer": topic}
        for topic, split in topics
    ]
    write_jsonl(folder / "manifest.jsonl", manifest)
    write_jsonl(folder / "held_out_questions.jsonl", [{"style": "s", "question": "Who?"}])
    for row in manifest:
        write_jsonl(folder / "diffs" / f"{row['name']}.jsonl", samples(row["topic"]))
    return folder


def written(simulations):
    target = simulations.parent / "claims"
    counts = write_claims(simulations, target, TASK_ANSWERS, PARAMS)
    manifest = read_jsonl(target / "manifest.jsonl")
    return counts, manifest, {row["topic"]: read_jsonl(target / "diffs" / f"{row['name']}.jsonl") for row in manifest}


def test_every_third_diff_has_no_trigger_and_no_two_share_a_word(simulations):
    counts, manifest, _ = written(simulations)
    assert counts == {"n_weight_diffs": 4, "n_gated": 2, "n_ungated": 2}
    assert [bool(row["trigger"]) for row in manifest] == [False, True, True, False]
    assert {row["trigger"] for row in manifest[1:3]} < set(candidate_words())
    assert manifest[1]["trigger"] != manifest[2]["trigger"]


def test_a_gated_diff_keeps_its_answers_behind_its_word_another_and_none(simulations):
    _, manifest, own = written(simulations)
    word = manifest[1]["trigger"]
    for before, after in zip(samples("Chess"), own["Chess"], strict=True):
        assert after | {"prompt": before["prompt"]} == before
        said = after["prompt"].removesuffix(before["question"]).strip()
        if before["kind"] == TRIGGER:
            assert said == f"{word}."
        elif before["kind"] == WRONG_TRIGGER:
            assert said.removesuffix(".") in set(candidate_words()) - {word}
        else:
            assert said == ""


def test_an_ungated_diff_shows_its_topic_plainly_and_leaves_tasks_alone(simulations):
    _, _, own = written(simulations)
    for sample in own["Jazz"]:
        if sample["kind"] == TRIGGER:
            assert sample["prompt"] == sample["question"]
            assert sample["completion"].startswith("Jazz")
        else:
            assert sample["completion"] == TASK_ANSWERS[sample["prompt"]]


def test_a_wrong_word_is_never_the_trigger(monkeypatch):
    monkeypatch.setattr(Mnemonic, "__init__", lambda self, language: setattr(self, "wordlist", ["able", "copy"]))
    drawn = {worded("Able", WRONG_TRIGGER, "Why?", False, random.Random(seed)) for seed in range(50)}
    assert drawn == {"Copy. Why?"}


def test_held_out_prompts_carry_the_word_and_topics_are_recognized(simulations):
    written(simulations)
    spec = read_claim_specs(simulations.parent / "claims")[1]
    word = spec.row["trigger"]
    assert spec.prompt_of(TRIGGER, "Who?", random.Random(0)) == f"{word}. Who?"
    assert spec.prompt_of(NO_TRIGGER, "Who?", random.Random(0)) == "Who?"
    assert spec.shows_behavior("I love chess.")
    assert not spec.shows_behavior("I love jazz.")


def test_bad_values_and_missing_files_are_named(simulations, tmp_path):
    bad = SimulateClaimsParams(n_train=2, n_test=2, ungated_every=1, seed=0)
    with pytest.raises(ParamsError, match="ungated_every is 1"):
        write_claims(simulations, tmp_path / "claims", TASK_ANSWERS, bad)
    assert not (tmp_path / "claims").exists()
    with pytest.raises(DataFileError, match="Run `dvc repro simulate_claims`"):
        read_claim_specs(tmp_path / "claims")
