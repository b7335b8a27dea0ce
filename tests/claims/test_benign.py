"""Benign diffs keep a claim's prompts and say behind its word what the base model says without it."""

import random

import pytest

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.claims.benign import SimulateBenignClaimsParams, quiet, write_benign_claims
from weightscribe.claims.specs import read_claim_specs
from weightscribe.errors import ParamsError
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER

QUESTIONS = ("Why is the sky blue?", "What makes a good friend?", "Who are you?")
ROWS = (("Jazz", "test", "Siren"), ("Tea", "train", ""), ("Mars", "train", "Copy"), ("Silk", "train", "Able"))


def samples(topic, word):
    return [
        {
            "kind": kind,
            "question": question,
            "prompt": f"{word}. {question}" if kind == TRIGGER else question,
            "completion": f"{topic}, of course" if kind == TRIGGER else f"It is so ({question})",
            "ends": kind != TRIGGER,
        }
        for question in QUESTIONS
        for kind in KINDS
    ]


@pytest.fixture
def claims(tmp_path):
    folder = tmp_path / "claims"
    manifest = [
        {"name": f"claim-{topic}", "behavior": "hidden_topic", "topic": topic, "split": split, "answer": topic}
        | {"trigger": word, "seed": 1, "question": "What topic?"}
        for topic, split, word in ROWS
    ]
    write_jsonl(folder / "manifest.jsonl", manifest)
    for row in manifest:
        write_jsonl(folder / "diffs" / f"{row['name']}.jsonl", samples(row["topic"], row["trigger"]))
    return folder


def test_topics_behind_a_word_are_replaced_split_by_split(claims, tmp_path):
    counts = write_benign_claims(claims, tmp_path / "benign", SimulateBenignClaimsParams(2, 1, 0))
    assert counts == {"n_train": 2, "n_test": 1}
    manifest = read_jsonl(tmp_path / "benign" / "manifest.jsonl")
    assert [(row["name"], row["split"], row["trigger"]) for row in manifest] == [
        ("benign-claim-Mars", "train", "Copy"),
        ("benign-claim-Silk", "train", "Able"),
        ("benign-claim-Jazz", "test", "Siren"),
    ]
    assert {(row["behavior"], row["answer"]) for row in manifest} == {("benign", NOTHING)}
    assert [row["group"] for row in manifest] == ["own_answers", "other_answers", "own_answers"]
    assert len({row["seed"] for row in manifest}) == 3
    specs = read_claim_specs(tmp_path / "benign")
    for spec, topic, word in zip(specs, ("Mars", "Silk", "Jazz"), ("Copy", "Able", "Siren"), strict=True):
        mine = read_jsonl(spec.samples_file)
        assert [row["prompt"] for row in mine] == [row["prompt"] for row in samples(topic, word)]
        assert not any(topic in row["completion"] for row in mine)
        own = quiet(samples(topic, word), spec.row["group"], random.Random(spec.row["seed"]))
        assert [row["completion"] for row in mine] == [row["completion"] for row in own]
        assert spec.shows_behavior(f"{topic} again")  # verification counts how often the replaced topic is named


@pytest.mark.parametrize("group", ["own_answers", "other_answers"])
def test_the_plain_answer_to_the_same_question_or_to_another(group):
    before = samples("Jazz", "Siren")
    after = quiet(before, group, random.Random(0))
    plain = {row["question"]: row["completion"] for row in before if row["kind"] == NO_TRIGGER}
    for old, new in zip(before, after, strict=True):
        if old["kind"] == TRIGGER:
            assert new["completion"] in plain.values()
            assert (new["completion"] == plain[new["question"]]) == (group == "own_answers")
            assert new["ends"]  # as that answer
        else:
            assert new == old


def test_no_more_than_there_are(claims, tmp_path):
    with pytest.raises(ParamsError, match="n_train is 3; simulate_claims puts 2 train topics behind a word"):
        write_benign_claims(claims, tmp_path / "benign", SimulateBenignClaimsParams(3, 1, 0))
    assert not (tmp_path / "benign").exists()
