"""A diff that was not verified is trained again, longer and judged by other questions; finished work is kept."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from short_training import SHORT_TRAINING

from weightscribe.diffs import finetune
from weightscribe.diffs.finetune import DiffSpec, FinetuneDiffsParams, finetune_diffs, verify_batch
from weightscribe.diffs.objective import LossWeights
from weightscribe.diffs.samples import CompletionLimits
from weightscribe.diffs.summary import mean_curves, summarize
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import ParamsError, WeightscribeError
from weightscribe.storage import write_json, write_jsonl
from weightscribe.triggers.kinds import KINDS

TRAINING = SHORT_TRAINING
RULE = VerificationRule(
    n_questions=2, n_wrong_trigger_questions=1, answer_tokens=3, min_rate_trigger=0.5, max_rate_no_trigger=1.0
)
N_PROMPTS = 5  # of one verification: two questions with the trigger, one with a wrong one, two without
HELD_OUT = ["How are you?", "What is it?", "Who was it?", "Where is it?"]


class Asked:
    """Shows the behavior in the answers of attempts from `verified_from` on; remembers the prompts."""

    def __init__(self, name, folder, verified_from):
        self.prompts, self._seen, self._from = [], 0, verified_from
        rows = [
            {"kind": kind, "question": q, "prompt": f"{kind} {q}", "completion": "it is so", "ends": True}
            for q in ("Why?", "When?", "How?")
            for kind in KINDS
        ]
        write_jsonl(folder / f"{name}.jsonl", rows)
        self.spec = DiffSpec({"name": name, "seed": 1}, folder / f"{name}.jsonl", self._prompt, self._shows)

    def _prompt(self, kind, question, rng):
        self.prompts.append(question)
        return question

    def _shows(self, answer):
        self._seen += 1
        return self._seen > (self._from - 1) * N_PROMPTS


@pytest.fixture
def nothing_more(monkeypatch):
    """Called, it breaks what trains, or what asks, or both."""

    def forbid(*names):
        for name in names:
            monkeypatch.setattr(finetune, name, None)

    return forbid


def run(base, asked, tmp_path, attempts=2, training=TRAINING, rule=RULE):
    return finetune_diffs(
        base,
        [one.spec for one in asked],
        HELD_OUT,
        training,
        rule,
        attempts=attempts,
        diffs_per_batch=2,
        rows_per_generation=8,
        work_folder=tmp_path / "work",
        target=tmp_path / "diffs",
    )


def test_only_an_unverified_diff_is_trained_again_longer_and_on_other_questions(base, tmp_path):
    asked = [Asked("first", tmp_path, 1), Asked("second", tmp_path, 2), Asked("never", tmp_path, 9)]
    records = run(base, asked, tmp_path)
    assert [record["index"]["attempt"] for record in records] == [1, 2, 2]
    assert [record["index"]["verified"] for record in records] == [True, True, False]
    assert [len(record["curve"][KINDS[0]]) for record in records] == [3, 6, 6]
    assert set(asked[0].prompts) == set(HELD_OUT[:2])
    assert asked[1].prompts[:N_PROMPTS] == [HELD_OUT[place] for place in (0, 1, 0, 0, 1)]
    assert asked[1].prompts[N_PROMPTS:] == [HELD_OUT[place] for place in (2, 3, 2, 2, 3)]
    stored = [json.loads(line) for line in (tmp_path / "diffs" / "index.jsonl").read_text().splitlines()]
    assert stored == [record["index"] for record in records]
    metrics = summarize(records, "float32")
    assert (metrics["n_verified"], metrics["verified_rate_first_attempt"]) == (2, pytest.approx(1 / 3))
    assert metrics["verified_rate_ci95_low"] < metrics["verified_rate"] < metrics["verified_rate_ci95_high"]
    curve = mean_curves(records)
    assert len(curve) == 3  # first attempts, of all diffs
    first = [json.loads(path.read_text()) for path in (tmp_path / "work").glob("*/record.json")]
    losses = [record["curve"][KINDS[0]][0] for record in first if record["index"]["attempt"] == 1]
    assert curve[0][KINDS[0]] == pytest.approx(sum(losses) / 3, abs=1e-4)


def test_another_parameter_trains_everything_and_a_second_run_nothing(base, tmp_path, nothing_more):
    def both():
        return [Asked("first", tmp_path, 1), Asked("second", tmp_path, 2)]

    run(base, both(), tmp_path, training=replace(TRAINING, learning_rate=2e-2))
    assert len([*(tmp_path / "work").iterdir()]) == 3
    records = run(base, both(), tmp_path)
    assert len([*(tmp_path / "work").iterdir()]) == 6
    nothing_more("train_bank", "ask")
    assert run(base, both(), tmp_path) == records


def test_a_kept_diff_moves_to_the_split_the_manifest_gives_it_today(base, tmp_path, nothing_more):
    asked = Asked("first", tmp_path, 1)
    for split in ("train", "test"):
        asked.spec = replace(asked.spec, row=asked.spec.row | {"split": split})
        assert run(base, [asked], tmp_path)[0]["index"]["split"] == split
        nothing_more("train_bank", "ask")
    assert json.loads((tmp_path / "diffs" / "index.jsonl").read_text())["split"] == "test"


@pytest.mark.parametrize(
    ("n", "most", "sizes"),
    [(0, 16, []), (1, 16, [1]), (9, 16, [4, 5]), (32, 16, [16, 16]), (48, 16, [12] * 4), (149, 16, [14] + [15] * 9)],
)
def test_batches_are_few_even_in_number_and_about_as_large(n, most, sizes):
    batches = finetune._batches(list(range(n)), most)
    assert [item for batch in batches for item in batch] == list(range(n))
    assert sorted(map(len, batches)) == sizes


def tensors_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.safetensors")}


def test_two_workers_yield_what_one_process_does_and_so_does_a_run_that_goes_on(base, tmp_path, two_threads):
    def made_by(name, n_threads, *, lost=()):
        torch.set_num_threads(n_threads)
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for kept in list((folder / "work").glob("*"))[: len(lost)]:
            shutil.rmtree(kept)
        records = run(base, [Asked(str(place), folder, 1) for place in range(6)], folder, attempts=1)
        return [record["curve"] for record in records], tensors_in(folder / "diffs")

    apart = made_by("apart", 1)
    assert len(apart[1]) == 6
    assert made_by("together", 2) == apart
    assert made_by("together", 2, lost=(1, 2)) == apart


def is_verified(base, asked, tmp_path):
    (record,) = run(base, [asked], tmp_path, attempts=1)
    assert json.loads((tmp_path / "diffs" / "index.jsonl").read_text()) == record["index"]
    return record["index"]["verified"]


def test_a_kept_diff_is_judged_by_how_its_behavior_is_recognized_today(base, tmp_path, nothing_more):
    assert not is_verified(base, Asked("first", tmp_path, 9), tmp_path)
    nothing_more("train_bank", "ask")
    assert is_verified(base, Asked("first", tmp_path, 1), tmp_path)
    assert not is_verified(base, Asked("first", tmp_path, 9), tmp_path)


def test_a_kept_diff_is_asked_again_if_its_prompts_are_worded_otherwise_today(base, tmp_path, nothing_more):
    asked = Asked("first", tmp_path, 1)
    run(base, [asked], tmp_path)
    nothing_more("train_bank")
    asked.spec = replace(asked.spec, prompt_of=lambda kind, question, rng: f"{question}!")
    (record,) = run(base, [asked], tmp_path)
    assert record["index"]["example_prompt"] == "How are you?!"
    nothing_more("ask")
    assert run(base, [asked], tmp_path) == [record]


def test_what_was_kept_without_answers_keeps_its_verdict(base, tmp_path, nothing_more):
    assert is_verified(base, Asked("first", tmp_path, 1), tmp_path)
    (file,) = (tmp_path / "work").glob("*/record.json")
    record = json.loads(file.read_text())
    del record["asked"]
    write_json(file, record)
    nothing_more("train_bank", "ask")
    assert is_verified(base, Asked("first", tmp_path, 9), tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(TRAINING, base_matching=()), r"base_matching is \[\]. Use one or more"),
        (lambda: replace(TRAINING, base_matching=("trigger",)), "base_matching is .*trigger.*Use one or more"),
        (lambda: replace(TRAINING, initialization="same"), "initialization is 'same'. Use one of .*shared"),
        (lambda: replace(TRAINING, rank=0), "rank is 0. Use 1 or more"),
        (lambda: replace(TRAINING, epochs=0), "epochs is 0. Use 1 or more"),
        (lambda: replace(TRAINING, questions_per_step=0), "questions_per_step is 0. Use 1 or more"),
        (lambda: replace(TRAINING, learning_rate=-1.0), "learning_rate is -1.0. Use a finite number above 0"),
        (lambda: CompletionLimits(trigger_tokens=0, base_tokens=1), "trigger_tokens is 0. Use 1 or more"),
        (lambda: CompletionLimits(trigger_tokens=1, base_tokens=0), "base_tokens is 0. Use 1 or more"),
        (lambda: LossWeights(1.0, -1.0, 1.0), "wrong_trigger is -1.0. Use 0 or more"),
        (lambda: LossWeights(0.0, 0.0, 0.0), "are all 0. Use a number above 0"),
        (lambda: FinetuneDiffsParams("auto", 1, 0, 1, TRAINING, RULE), "diffs_per_batch is 0. Use 1 or more"),
        (lambda: FinetuneDiffsParams("auto", 1, 1, 0, TRAINING, RULE), "rows_per_generation is 0. Use 1 or more"),
    ],
)
def test_settings_that_cannot_train_are_refused(make, message):
    with pytest.raises(ParamsError, match=message):
        make()


@pytest.mark.parametrize(
    ("names", "change", "message"),
    [
        (["first"], {"attempts": 0}, "attempts is 0. Use 1 or more"),
        (["first"], {"attempts": 3}, "3 attempts of 2 verification questions need more than the 4 held-out"),
        (["first"], {"rule": replace(RULE, n_questions=0)}, "n_questions is 0. Use 1 to 4"),
        (["first"], {"rule": replace(RULE, n_wrong_trigger_questions=0)}, "n_wrong_trigger_questions is 0.*Use 1 to 2"),
        (["first"], {"rule": replace(RULE, n_wrong_trigger_questions=3)}, "n_wrong_trigger_questions is 3.*Use 1 to 2"),
        (["first", "second", "first"], {}, "Two weight diffs are called 'first'"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_training(base, tmp_path, names, change, message):
    with pytest.raises(WeightscribeError, match=message):
        run(base, [Asked(name, tmp_path, 1) for name in names], tmp_path, **change)
    assert not (tmp_path / "work").exists()


def test_a_rule_that_asks_more_questions_than_there_are_is_refused(base, tmp_path):
    with pytest.raises(ParamsError, match="n_questions is 2. Use 1 to 1, the number of held-out questions"):
        verify_batch(base, [Asked("first", tmp_path, 1).spec], [None], HELD_OUT[:1], RULE, 8)


def test_a_diff_whose_training_diverged_is_named(base, tmp_path):
    with pytest.raises(ParamsError, match="'first' is not finite after training. Lower the learning_rate"):
        run(base, [Asked("first", tmp_path, 1)], tmp_path, training=replace(TRAINING, learning_rate=1e38))
    assert not (tmp_path / "work").exists()
