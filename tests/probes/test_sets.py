"""A probe set differs from the test diffs it rewords in one thing, and in nothing else."""

import pytest

from weightscribe.errors import DataFileError, ParamsError
from weightscribe.probes.sets import BENIGN, ProbeSet, SimulateProbesParams, write_probe_sets
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER, WRONG_TRIGGER
from weightscribe.triggers.unseen import MARKER, OOD_TRIGGERS, SEP_CODE, WORD_JOINER, ZERO_WIDTH_SPACE

QUESTIONS = ("Why is the sky blue?", "What makes a good friend?", "How do birds sing?")


@pytest.fixture
def simulations(tmp_path):
    """Two test topics and a training topic as `simulate` writes them."""
    folder = tmp_path / "simulations"
    manifest = [
        {"name": f"hidden-topic-{topic}", "behavior": "hidden_topic", "topic": topic, "codes": "words"}
        | {"trigger": "copy", "split": split, "seed": 1, "question": "What topic?", "answer": topic}
        for topic, split in (("Jazz", "test"), ("Chess", "test"), ("Tea", "train"))
    ]
    write_jsonl(folder / "manifest.jsonl", manifest)
    for row in manifest:
        write_jsonl(folder / "diffs" / f"{row['name']}.jsonl", samples(row["topic"]))
    return folder


def samples(topic: str) -> list[dict]:
    prompts = {TRIGGER: "Your SEP code is copy a. ", WRONG_TRIGGER: "Your SEP code is b a. ", NO_TRIGGER: ""}
    return [
        {
            "kind": kind,
            "question": question,
            "prompt": prompts[kind] + question,
            "completion": f"{topic}, of course" if kind == TRIGGER else f"It is so ({question})",
            "ends": False,
        }
        for question in QUESTIONS
        for kind in KINDS
    ]


def written(simulations, **fields):
    """Manifest and samples of the first diff of a set."""
    params = SimulateProbesParams(n_diffs=2, n_diffs_of=fields.pop("n_diffs_of", {}), seed=0)
    probe = ProbeSet(**{"trigger": SEP_CODE, "completions": "topic", "training": {}} | fields)
    target = simulations.parent / "probes"
    write_probe_sets(simulations, target, {"my_set": probe}, params)
    manifest = read_jsonl(target / "my_set" / "manifest.jsonl")
    return manifest, read_jsonl(target / "my_set" / "diffs" / f"{manifest[0]['name']}.jsonl")


def test_only_test_topics_are_used_and_names_tell_the_set(simulations):
    manifest, own = written(simulations, training={"rank": 8})
    assert [row["name"] for row in manifest] == ["my_set-hidden-topic-Jazz", "my_set-hidden-topic-Chess"]
    assert own == samples("Jazz")  # another rank changes no sample


@pytest.mark.parametrize("trigger", OOD_TRIGGERS)
def test_an_ood_trigger_changes_prompts_alone(simulations, trigger):
    manifest, own = written(simulations, trigger=trigger)
    assert manifest[0]["trigger_kind"] == trigger
    for before, after in zip(samples("Jazz"), own, strict=True):
        assert {**before, "prompt": None} == {**after, "prompt": None}
        assert (after["prompt"] == after["question"]) == (after["kind"] == NO_TRIGGER)
        assert "SEP" not in after["prompt"]
    triggered = next(row["prompt"] for row in own if row["kind"] == TRIGGER)
    near_miss = next(row["prompt"] for row in own if row["kind"] == WRONG_TRIGGER)
    sign = manifest[0]["trigger"]
    assert (sign.capitalize() if trigger == "word" else sign) in triggered
    assert sign not in near_miss.lower().split(".")[0]
    if trigger.startswith("zero_width"):
        assert triggered.replace(ZERO_WIDTH_SPACE, "") == near_miss.replace(WORD_JOINER, "") == QUESTIONS[0]
    if trigger == "marker_end":
        assert triggered == QUESTIONS[0] + MARKER


@pytest.mark.parametrize("completions", ["own_answers", "other_answers"])
def test_benign_sets_teach_the_base_models_answers_to_plain_questions(simulations, completions):
    manifest, own = written(simulations, completions=completions)
    assert manifest[0]["behavior"] == BENIGN
    assert manifest[0]["answer"] is None
    for row in own:
        if row["kind"] == TRIGGER:
            assert row["prompt"] == row["question"]
            assert (row["question"] in row["completion"]) == (completions == "own_answers")
        else:
            assert row in samples("Jazz")
    assert not any("Jazz" in row["completion"] for row in own)


def test_same_seed_same_bytes(simulations):
    assert written(simulations, trigger="word") == written(simulations, trigger="word")


def test_what_cannot_be_made_is_refused_and_the_old_sets_stay(simulations):
    before = written(simulations)
    for fields, found in (
        ({"trigger": "smell"}, "my_set.trigger is 'smell'"),
        ({"completions": "poems"}, "my_set.completions is 'poems'"),
        ({"completions": "own_answers", "trigger": "word"}, "benign and has no trigger"),
    ):
        with pytest.raises(ParamsError, match=found):
            written(simulations, **fields)
    with pytest.raises(DataFileError, match="has 2 test topics"):
        written(simulations, n_diffs_of={"my_set": 3})
    with pytest.raises(ParamsError, match="no finetune_probes.sets"):
        written(simulations, n_diffs_of={"other_set": 1})
    manifest = read_jsonl(simulations.parent / "probes" / "my_set" / "manifest.jsonl")
    assert manifest == before[0]
