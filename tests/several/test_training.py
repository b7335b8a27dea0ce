"""A diff with two topics is verified only if it shows each behind its own word; adapters are those of params.yaml."""

from dataclasses import replace

import pytest
from short_training import SHORT_TRAINING

from weightscribe.diffs.index import load_verified
from weightscribe.diffs.verify import VerificationRule
from weightscribe.dit.augment import Augmentation
from weightscribe.dit.train import DITTraining
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.several import specs as specs_module
from weightscribe.several.adapters import train_list_adapter
from weightscribe.several.settings import ListAdapter, SimulateSeveralParams, TrainSeveralParams
from weightscribe.several.simulate import write_several
from weightscribe.several.specs import read_several_specs
from weightscribe.several.training import finetune_several, summarize

ANYTHING = VerificationRule(
    n_questions=2, n_wrong_trigger_questions=1, answer_tokens=2, min_rate_trigger=0.0, max_rate_no_trigger=1.0
)


@pytest.fixture
def trained(base, claims, tmp_path):
    write_several(claims, tmp_path / "simulations", SimulateSeveralParams(n_test=2, seed=0))

    def run(rule):
        return finetune_several(
            base,
            read_several_specs(tmp_path / "simulations"),
            ["Who?", "When?"],
            SHORT_TRAINING,
            rule,
            diffs_per_batch=2,
            rows_per_generation=8,
            work_folder=tmp_path / "work",
            target=tmp_path / "several",
        )

    return run


def test_both_topics_are_judged_each_behind_its_own_word(base, trained, tmp_path, monkeypatch):
    asked = []
    real = specs_module._shows
    monkeypatch.setattr(specs_module, "_shows", lambda parts, answer: asked.append(parts) or real(parts, answer))
    rows = trained(ANYTHING)
    alone = [parts[0]["topic"] for parts in asked if len(parts) == 1]
    assert [alone.count(topic) for topic in ("Jazz", "Mars", "Silk")] == [5, 10, 5]  # 2 + 1 + 2 questions each
    assert [row["verified"] for row in rows] == [True, True]
    assert [part["topic"] for part in rows[0]["parts"]] == ["Jazz", "Mars"]
    assert all(0 <= part["mention_rate_trigger"] <= 1 for row in rows for part in row["parts"])
    loaded = load_verified(tmp_path / "several", "test", base)
    assert [each.row for each in loaded] == rows
    found = summarize(rows, "float32")
    assert (found["n_weight_diffs"], found["n_verified"], found["verified_rate"]) == (2, 2, 1.0)


def test_one_topic_is_not_enough(trained, monkeypatch):
    monkeypatch.setattr(specs_module, "_shows", lambda parts, answer: parts[0]["topic"] == "Jazz")
    rows = trained(replace(ANYTHING, min_rate_trigger=0.5))
    assert [row["verified"] for row in rows] == [False, False]
    assert [part["mention_rate_trigger"] for part in rows[0]["parts"]] == [1.0, 0.0]


def test_too_few_questions_are_said_before_any_training(trained, tmp_path):
    with pytest.raises(ParamsError, match="n_questions is 3. Use 1 to 2, the number of held-out questions"):
        trained(replace(ANYTHING, n_questions=3))
    assert not (tmp_path / "work").exists()


def test_a_failed_verification_leaves_what_was_there(trained, tmp_path, monkeypatch):
    trained(ANYTHING)
    before = (tmp_path / "several" / "index.jsonl").read_bytes()

    def broken(*args):
        raise DataFileError("broken")

    monkeypatch.setattr("weightscribe.several.training.verify_batch", broken)
    with pytest.raises(DataFileError, match="broken"):
        trained(ANYTHING)
    assert (tmp_path / "several" / "index.jsonl").read_bytes() == before


SFT = DITTraining(
    rank=2,
    learning_rate=1e-3,
    warmup_steps=1,
    epochs=1,
    batch_size=2,
    max_grad_norm=1.0,
    augmentation=Augmentation(1.0, 1.0, 1.0, 0.0, 0.0, (1,)),
    seed=1,
)
PARAMS = TrainSeveralParams(
    dtype="float32", norm=3.0, steps=2, seeds=(1,), adapters={"sums": ListAdapter(1.0), "singles": ListAdapter(0.0)}
)


def test_adapters_differ_by_their_rows_alone(base, labelled):
    sums = train_list_adapter(base, labelled, "sums", PARAMS, SFT)
    again = train_list_adapter(base, labelled, "sums", PARAMS, SFT)
    singles = train_list_adapter(base, labelled, "singles", PARAMS, SFT)
    layer = next(iter(sums.factors))
    assert sums.rank == 2
    assert sums.factors[layer].lora_B.equal(again.factors[layer].lora_B)
    assert not sums.factors[layer].lora_B.equal(singles.factors[layer].lora_B)


def test_no_step_is_refused():
    with pytest.raises(ParamsError, match="steps is 0. Use 1 or more"):
        replace(PARAMS, steps=0)


@pytest.mark.parametrize(("name", "seed"), [("other", 1), ("sums", 0)])
def test_an_unknown_adapter_is_named(base, labelled, name, seed):
    with pytest.raises(ParamsError, match=f"no adapter '{name}' of seed {seed}. It has sums, singles, of seeds 1"):
        train_list_adapter(base, labelled, name, PARAMS, replace(SFT, seed=seed))
