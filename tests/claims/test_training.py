"""Loss on the user's tokens covers what the user says and no more; a killed run goes on from finished batches."""

from dataclasses import replace

import pytest
import torch
from short_training import SHORT_TRAINING

from weightscribe.claims.arms import Arm, FinetuneClaimsParams, arm_named
from weightscribe.claims.training import train_arm
from weightscribe.claims.user_tokens import with_user_tokens
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import ParamsError, WeightscribeError
from weightscribe.packing import TokenizedSample, completion_states, pack_rows
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.triggers.kinds import KINDS, TRIGGER

RULE = VerificationRule(
    n_questions=1, n_wrong_trigger_questions=1, answer_tokens=2, min_rate_trigger=0.0, max_rate_no_trigger=1.0
)
COMPLETIONS, USER = Arm(user_tokens=False), Arm(user_tokens=True)


@pytest.mark.parametrize("prompt", ["Siren. Why?", "0 or 1?", "Zebra. Why?"])
def test_the_loss_begins_with_the_users_first_token(base, prompt):
    answer = tuple(base.tokenizer("It is so", add_special_tokens=False).input_ids)
    sample = with_user_tokens(base, TokenizedSample(tuple(base.prompt_ids(prompt)), answer))
    assert base.tokenizer.decode(sample.prompt_ids) == "<|im_start|>user\n"
    assert base.tokenizer.decode(sample.completion_ids) == f"{prompt}<|im_end|>\n<|im_start|>assistant\nIt is so"


def test_user_tokens_are_predicted_from_the_tokens_before_them(base):
    sample = with_user_tokens(base, TokenizedSample(tuple(base.prompt_ids("Why?")), (5, 6)))
    other = with_user_tokens(base, TokenizedSample(tuple(base.prompt_ids("How is it?")), (7,)))
    batch = pack_rows([[sample, other]], 0, torch.float32)
    with torch.no_grad():
        states = completion_states(base.model, batch)
        alone = base.model.get_decoder()(input_ids=torch.tensor([sample.ids])).last_hidden_state[0]
    n = len(sample.completion_ids)
    torch.testing.assert_close(states[:n], alone[len(sample.prompt_ids) - 1 : -1], atol=1e-5, rtol=1e-4)
    assert tuple(batch.target[:n].tolist()) == sample.completion_ids


def specs(folder, names):
    found = []
    for name in names:
        rows = [
            {
                "kind": kind,
                "question": q,
                "prompt": f"Siren. {q}" if kind == TRIGGER else q,
                "completion": "so",
                "ends": 1,
            }
            for q in ("Why?", "When?")
            for kind in KINDS
        ]
        write_jsonl(folder / f"{name}.jsonl", rows)
        row = {"name": name, "seed": 1, "split": "train"}
        found.append(DiffSpec(row, folder / f"{name}.jsonl", lambda kind, q, rng: q, lambda answer: True))
    return found


def run(base, own, arm, folder, training=SHORT_TRAINING, rule=RULE):
    return train_arm(
        base,
        own,
        arm,
        training,
        rule,
        ["Who?"],
        diffs_per_batch=2,
        rows_per_generation=4,
        work_folder=folder / "work",
        target=folder / "diffs",
    )


def test_the_arms_train_different_diffs_and_finished_batches_are_kept(base, tmp_path):
    own = specs(tmp_path, ("a", "b", "c"))
    records = run(base, own, COMPLETIONS, tmp_path)
    first = (tmp_path / "diffs" / "a" / "adapter_model.safetensors").read_bytes()
    assert [row["name"] for row in read_jsonl(tmp_path / "diffs" / "index.jsonl")] == ["a", "b", "c"]
    assert all(record["index"]["verified"] for record in records)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*/*/records.jsonl")}
    assert len(before) == 2
    assert run(base, own, COMPLETIONS, tmp_path) == records
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*/*/records.jsonl")} == before
    with_user = run(base, own, USER, tmp_path)
    assert (tmp_path / "diffs" / "a" / "adapter_model.safetensors").read_bytes() != first
    # The same tokens pass through the model; only what counts as a completion differs.
    assert with_user[0]["train_tokens"] == records[0]["train_tokens"]


@pytest.mark.parametrize(
    ("names", "rule", "fault"),
    [
        (("a", "b", "a"), {}, "Two weight diffs are called 'a'"),
        (("a",), {"n_questions": 2}, "n_questions is 2. Use 1 to 1"),
        (("a",), {"n_wrong_trigger_questions": 0}, "n_wrong_trigger_questions is 0. Use 1 to 1"),
    ],
)
def test_bad_values_are_named_before_anything_is_trained(base, tmp_path, names, rule, fault):
    with pytest.raises(WeightscribeError, match=fault):
        run(base, specs(tmp_path, names), COMPLETIONS, tmp_path, rule=replace(RULE, **rule))
    assert not (tmp_path / "work").exists()


def test_a_diff_whose_training_diverged_is_named(base, tmp_path):
    with pytest.raises(ParamsError, match="'a' is not finite after training. Lower the learning_rate"):
        run(base, specs(tmp_path, ("a",)), COMPLETIONS, tmp_path, replace(SHORT_TRAINING, learning_rate=1e38))
    assert not (tmp_path / "work").exists()


def test_an_unknown_arm_is_named():
    with pytest.raises(ParamsError, match="no 'other'. It has: user_tokens"):
        arm_named("other", FinetuneClaimsParams({}, {}, {"user_tokens": USER}))
