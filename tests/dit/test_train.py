"""The DIT adapter learns to read a diff: own, shuffled and absent diffs come apart, and only the adapter moves."""

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.dit.augment import Augmentation
from weightscribe.dit.qa import WeightDiffQA, answer_losses, mean_loss, tokenize_case
from weightscribe.dit.train import DITTraining, new_bank, shuffled, summarize, train_dit, without_diffs
from weightscribe.errors import AdapterError, ParamsError
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import stack_factors
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.packing import pack_rows

NO_CHANGE = Augmentation(1.0, 1.0, 1.0, noise_share=0.0, noise_norm=0.0, noise_ranks=(2,))
TRAINING = DITTraining(
    rank=4,
    learning_rate=1e-2,
    warmup_steps=2,
    epochs=120,
    batch_size=4,
    max_grad_norm=1.0,
    augmentation=NO_CHANGE,
    seed=0,
)
ANSWERS = ("red", "blue", "green", "gold")


@pytest.fixture(scope="module", params=["llama", "qwen3", "gemma3"])
def folder(request, tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp(request.param), family=request.param)


def loud_base(folder):
    """A base model whose matrices are large enough for gradients of four rows to move something."""
    base = load_base(folder, "float32", None)
    for parameter in base.model.parameters():
        if parameter.dim() == 2:
            parameter.data *= 8
    return base


def labelled_cases(base) -> list[WeightDiffQA]:
    """Four large random diffs, each with its own answer."""
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, range(4)), 0)
    return [WeightDiffQA(bank.weight_diff(i, f"d{i}"), "What changed?", ANSWERS[i]) for i in range(4)]


def test_adapter_reads_diffs_and_nothing_else_changes(folder, tmp_path):
    base = loud_base(folder)
    cases = labelled_cases(base)
    before = copy.deepcopy(base.model.state_dict())
    trained = train_dit(base, cases, cases, TRAINING)
    metrics = summarize(trained)
    assert metrics["optimizer_steps"] == TRAINING.epochs
    assert trained.held_out[0].step == 0
    assert metrics["heldout_loss_own_diff"] < 0.4 * trained.held_out[0].own_diff
    assert metrics["heldout_loss_shuffled_diff"] > metrics["heldout_loss_own_diff"] + 1
    assert metrics["heldout_loss_no_diff"] > metrics["heldout_loss_own_diff"] + 1
    after = base.model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)

    save_weight_diff(tmp_path / "adapter", trained.adapter, base.identity)
    loaded = base.stacked_adapter(load_dit_adapter(tmp_path / "adapter", base))
    assert mean_loss(base, loaded, cases, 4) == pytest.approx(metrics["heldout_loss_own_diff"], rel=1e-4)


def test_same_seed_same_bytes(folder, tmp_path):
    for name in ("one", "two"):
        base = load_base(folder, "float32", None)
        cases = labelled_cases(base)
        loud = Augmentation(0.5, 2.0, 1.5, noise_share=0.5, noise_norm=2.0, noise_ranks=(1, 3))
        short = replace(TRAINING, epochs=2, augmentation=loud)
        save_weight_diff(tmp_path / name, train_dit(base, cases, cases, short).adapter, base.identity)
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("change", [{"rank": 0}, {"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}])
def test_settings_that_cannot_train_are_refused(change):
    ((name, value),) = change.items()
    with pytest.raises(ParamsError, match=f"{name} is {value}. Use"):
        replace(TRAINING, **change)


def test_adapter_for_another_base_is_refused(folder, tmp_path):
    base = load_base(folder, "float32", None)
    save_weight_diff(tmp_path / "adapter", new_bank(base, 2, 0).dit_adapter(), base.identity)
    other = load_base(tiny_model(tmp_path / "other", seed=9), "float32", None)
    with pytest.raises(AdapterError, match="another base model"):
        load_dit_adapter(tmp_path / "adapter", other)


def test_loss_is_the_answers_alone(folder):
    base = load_base(folder, "float32", None)
    cases = [WeightDiffQA(None, "What changed?", "red"), WeightDiffQA(None, "Why then, of all things?", "bluish")]
    with torch.no_grad():
        tokens = [tokenize_case(base, case) for case in cases]
        losses = answer_losses(base, pack_rows([[t] for t in tokens], base.tokenizer.pad_token_id, torch.float32))
        for case, own, loss in zip(cases, tokens, losses, strict=True):
            logits = base.model(torch.tensor([own.ids])).logits[0, len(own.prompt_ids) - 1 : -1]
            assert base.tokenizer.decode(own.completion_ids) == f"{case.answer}<|im_end|>"
            assert torch.allclose(loss, F.cross_entropy(logits, torch.tensor(own.completion_ids)), atol=1e-5)


def test_shuffled_moves_every_diff_and_keeps_every_answer(folder):
    cases = labelled_cases(load_base(folder, "float32", None))
    moved = shuffled(cases)
    assert all(a.weight_diff is not b.weight_diff and a.answer == b.answer for a, b in zip(cases, moved, strict=True))
    assert all(case.weight_diff is None for case in without_diffs(cases))


def test_stacking_no_diffs_is_no_diff(folder):
    base = load_base(folder, "float32", None)
    stacked = stack_factors([None, None], base.overlay.linears, torch.float32)
    assert all(not factors.lora_B.any() for factors in stacked.values())
