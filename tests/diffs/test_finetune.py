"""A diff that was not verified is trained again, longer and judged by other questions; finished work is kept."""

import json
from dataclasses import replace

import pytest
from short_training import SHORT_TRAINING

from weightscribe.diffs.finetune import DiffSpec, finetune_diffs
from weightscribe.diffs.summary import mean_curves, summarize
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import ParamsError
from weightscribe.storage import write_jsonl
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


def test_a_second_run_trains_nothing_and_another_parameter_everything(base, tmp_path):
    asked = [Asked("first", tmp_path, 1), Asked("second", tmp_path, 2)]
    records = run(base, asked, tmp_path)
    n_asked = [len(one.prompts) for one in asked]
    assert run(base, asked, tmp_path) == records
    assert [len(one.prompts) for one in asked] == n_asked
    run(base, asked, tmp_path, training=replace(TRAINING, learning_rate=2e-2))
    assert all(len(one.prompts) > n for one, n in zip(asked, n_asked, strict=True))


def test_a_kept_diff_moves_to_the_split_the_manifest_gives_it_today(base, tmp_path):
    asked = Asked("first", tmp_path, 1)
    for split in ("train", "test"):
        asked.spec = replace(asked.spec, row=asked.spec.row | {"split": split})
        assert run(base, [asked], tmp_path)[0]["index"]["split"] == split
    assert json.loads((tmp_path / "diffs" / "index.jsonl").read_text())["split"] == "test"
    assert len(asked.prompts) == N_PROMPTS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attempts": 0}, "attempts is 0. Use 1 or more"),
        ({"training": replace(TRAINING, base_matching=())}, r"base_matching is \[\]. Use one or more"),
        ({"training": replace(TRAINING, base_matching=("trigger",))}, "base_matching is .*trigger.*Use one or more"),
    ],
)
def test_settings_that_cannot_train_are_refused(base, tmp_path, change, message):
    with pytest.raises(ParamsError, match=message):
        run(base, [Asked("first", tmp_path, 1)], tmp_path, **change)


@pytest.mark.parametrize("n_wrong", [0, 3])
def test_wrong_trigger_questions_are_some_of_the_questions(base, tmp_path, n_wrong):
    rule = replace(RULE, n_wrong_trigger_questions=n_wrong)
    with pytest.raises(ParamsError, match=f"n_wrong_trigger_questions is {n_wrong}.*Use 1 to 2"):
        run(base, [Asked("first", tmp_path, 1)], tmp_path, rule=rule)


def test_too_few_held_out_questions_for_the_attempts_is_said_before_any_training(base, tmp_path):
    with pytest.raises(ParamsError, match="3 attempts of 2 verification questions need more than the 4 held-out"):
        run(base, [Asked("first", tmp_path, 1)], tmp_path, attempts=3)
    assert not (tmp_path / "work").exists()
