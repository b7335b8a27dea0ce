"""Each lever moves the adapter the way it should, every row under its own weight diff, and leaves the model alone."""

import copy
import math
from dataclasses import replace

import pytest
import torch

from weightscribe.ask.evidence import log_likelihoods
from weightscribe.dit.augment import Augmentation
from weightscribe.dit.qa import WeightDiffQA, answer_log_likelihoods
from weightscribe.dit.train import DITTraining
from weightscribe.errors import ParamsError
from weightscribe.levers import train
from weightscribe.levers.own_answers import Preference
from weightscribe.levers.preference import PreferenceTrainer
from weightscribe.levers.reinforcement import RewardTrainer
from weightscribe.levers.settings import FirstAdapterParams, Lever, TrainLeversParams
from weightscribe.levers.start import bank_from, first_sft, train_first
from weightscribe.levers.train import Material, train_further
from weightscribe.lora.factors import scaled, whole_norm
from weightscribe.packing import TokenizedSample, pack_rows

SFT = DITTraining(4, 1e-2, 1, 3, 4, 1.0, Augmentation(1.0, 1.0, 1.0, 0.0, 0.0, (2,)), 0)
OWN = {"n_samples": 4, "temperature": 1.0, "min_right": 4.0, "max_wrong": 2.0, "pairs_per_case": 2}
DPO = {"losses": ["sigmoid"], "beta": 0.1, "n_pairs": 4, "own_answers": OWN}
LEVERS = {
    "more": Lever("more_sft", 1e-2, {}),
    "all": Lever("all_sft", 1e-2, {}),
    "dpo": Lever("dpo", 1e-2, DPO),
    "dpo_sft": Lever("dpo", 1e-2, {**DPO, "losses": ["sigmoid", "sft"]}),
    "grpo": Lever("grpo", 1e-2, {"n_cases": 2, "n_generations": 4, "temperature": 1.0}),
}
PARAMS = TrainLeversParams(dtype="float32", steps=3, warmup_steps=1, answer_tokens=4, multiplier=1.5, levers=LEVERS)


@pytest.fixture
def material(base, adapter, cases, judge):
    return Material(base, adapter, SFT, cases[:4], cases[4:], judge)


def same(one, other) -> bool:
    return all(torch.equal(a, b) for k in one.factors for a, b in zip(one.factors[k], other.factors[k], strict=True))


def test_a_stored_adapter_becomes_a_bank_of_itself(base, adapter):
    assert same(bank_from(base, adapter).dit_adapter(), adapter)


@pytest.mark.parametrize("name", LEVERS)
def test_the_seed_decides_and_only_the_adapter_moves(name, material):
    model = material.base.model
    before = copy.deepcopy(model.state_dict())
    one, same_seed, other = (train_further(name, material, PARAMS, seed).adapter for seed in (0, 0, 1))
    assert same(one, same_seed)
    assert not same(one, other)
    assert not same(one, material.first)
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert "forward" not in model.__dict__
    assert not model.training


@pytest.mark.parametrize(("lever", "trainer"), [("dpo", "PreferenceTrainer"), ("grpo", "RewardTrainer")])
def test_a_gpu_is_left_alone(material, monkeypatch, lever, trainer):
    def made(*args):
        assert args[-1].use_cpu
        raise InterruptedError

    monkeypatch.setattr(train, trainer, made)
    with pytest.raises(InterruptedError):
        train_further(lever, material, PARAMS, 0)


def test_settings_that_cannot_train_are_refused():
    with pytest.raises(ParamsError, match="learning_rate is 0.0. Use a finite number above 0"):
        Lever("dpo", 0.0, DPO)
    with pytest.raises(ParamsError, match="steps is 0. Use 1 or more"):
        replace(PARAMS, steps=0)


def test_more_sft_learns_the_labels_left_out(material):
    params = replace(PARAMS, steps=60)
    asked = [case.question for case in material.left_out], [case.answer for case in material.left_out]
    diffs = [case.weight_diff for case in material.left_out]
    after = train_further("more", material, params, 0).adapter
    before, now = (log_likelihoods(material.base, a, diffs, *asked, 4) for a in (material.first, after))
    assert all(new > old + 1 for new, old in zip(now, before, strict=True))


@pytest.mark.parametrize("wanted", ["w0", "x0"])
def test_dpo_raises_what_is_preferred(base, adapter, cases, monkeypatch, material, wanted):
    """The same two answers, preferred one way and the other, under the same diffs."""
    other = {"w0": "x0", "x0": "w0"}[wanted]
    pairs = [Preference(WeightDiffQA(case.weight_diff, "What topic?", wanted), other, True) for case in cases]
    monkeypatch.setattr(train, "preferences", lambda *args, **kwargs: pairs)
    trainers = []

    def made(*args):
        trainers.append(PreferenceTrainer(*args))
        return trainers[0]

    monkeypatch.setattr(train, "PreferenceTrainer", made)
    trained = train_further("dpo", material, replace(PARAMS, steps=30), 0)
    diffs, asked = [case.weight_diff for case in cases], ["What topic?"] * len(cases)

    def margins(adapter):
        right, wrong = (
            log_likelihoods(base, adapter, diffs, asked, [text] * len(cases), 4) for text in (wanted, other)
        )
        return [a - b for a, b in zip(right, wrong, strict=True)]

    assert all(new > old + 0.5 for new, old in zip(margins(trained.adapter), margins(adapter), strict=True))
    losses = [entry["loss"] for entry in trainers[0].state.log_history if "loss" in entry]
    assert losses[0] == pytest.approx(math.log(2), abs=1e-3)  # policy and reference agree: each row has its own diff
    assert losses[-1] < losses[0]


def test_rewards_weigh_each_answer_under_its_own_diff(material, monkeypatch):
    """GRPO's gradient is that of the answers' log-probabilities, each under its case's diff, times its advantage."""
    checked = []

    class Checked(RewardTrainer):
        def compute_loss(self, model, inputs, *args, **kwargs):
            loss = super().compute_loss(model, inputs, *args, **kwargs)
            (found,) = torch.autograd.grad(loss, self._bank.flat, retain_graph=True)
            diffs = [scaled(case.weight_diff, PARAMS.multiplier) for case in material.left_out]
            checked.append((inputs, found, policy_gradient(material.base, self._bank, diffs, inputs)))
            return loss

    monkeypatch.setattr(train, "RewardTrainer", Checked)
    train_further("grpo", material, replace(PARAMS, steps=1), 0)
    inputs, found, expected = checked[0]
    numbers = inputs["number"].tolist()
    assert sorted(numbers) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert numbers != sorted(numbers)  # TRL shuffles
    assert inputs["advantages"].abs().max() > 0.1
    assert torch.allclose(found, expected, atol=1e-4 * expected.abs().max())
    of_groups = [
        sum(a for a, own in zip(inputs["advantages"].tolist(), numbers, strict=True) if own == n) for n in (0, 1)
    ]
    assert of_groups == pytest.approx([0, 0], abs=1e-3)  # an answer is weighed against the others of its case


def policy_gradient(base, bank, diffs, inputs):
    """The same, one answer at a time."""
    total, n_tokens = 0.0, inputs["completion_mask"].sum()
    for row, number in enumerate(inputs["number"].tolist()):
        said = inputs["completion_ids"][row][inputs["completion_mask"][row].bool()]
        sample = TokenizedSample(tuple(base.prompt_ids("What topic?")), tuple(said.tolist()))
        batch = pack_rows([[sample]], base.tokenizer.pad_token_id, torch.float32)
        with base.under([diffs[number]], bank.stacked(torch.float32)):
            total = total - inputs["advantages"][row] * answer_log_likelihoods(base, batch)[0] / n_tokens
    return torch.autograd.grad(total, bank.flat)[0]


def test_all_labels_take_the_steps_of_both(material, cases, monkeypatch):
    steps = []
    monkeypatch.setattr(train, "train_by_sft", lambda *args, max_steps: steps.append(max_steps))
    train_further("all", replace(material, kept=cases[:5]), PARAMS, 0)
    assert steps == [3 * 2 + 3]  # three epochs of five cases in batches of four, and a lever's three


def test_more_sft_reads_diffs_as_strong_as_they_are_asked(material, monkeypatch):
    seen = []

    def train_by_sft(base, bank, cases, sft, *, max_steps, is_augmented):
        seen.append((whole_norm(cases[0].weight_diff), is_augmented))

    monkeypatch.setattr(train, "train_by_sft", train_by_sft)
    train_further("more", material, PARAMS, 0)
    ((norm, is_augmented),) = seen
    assert not is_augmented
    assert norm == pytest.approx(PARAMS.multiplier * whole_norm(material.left_out[0].weight_diff))


@pytest.mark.parametrize(
    ("lever", "message"),
    [
        (Lever("ppo", 1e-3, {}), "levers.odd.kind is 'ppo'. Use one of: more_sft"),
        (Lever("dpo", 1e-3, {"beta": 0.1}), "levers.odd.options has unknown keys .* lacks"),
        (Lever("all_sft", 1e-3, {"beta": 0.1}), "unknown keys \\['beta'\\]"),
        (Lever("dpo", 1e-3, {**DPO, "losses": ["hinge"]}), "losses are \\['hinge'\\]. Use some of: sft, sigmoid"),
        (Lever("grpo", 1e-3, {"n_cases": 9, "n_generations": 4, "temperature": 1.0}), "9, and 2 weight diffs"),
    ],
)
def test_odd_levers_are_refused(material, lever, message):
    with pytest.raises(ParamsError, match=message):
        train_further("odd", material, replace(PARAMS, levers={"odd": lever}), 0)
    with pytest.raises(ParamsError, match="has no 'other'. It has: odd"):
        train_further("other", material, replace(PARAMS, levers={"odd": lever}), 0)


def test_the_first_adapter_has_the_seed_it_is_asked_for(base, cases):
    params = FirstAdapterParams("float32", (0, 1), 2, 60.0, {"epochs": 1})
    assert first_sft(params, SFT, 1) == replace(SFT, seed=1, epochs=1)
    assert not same(*(train_first(base, cases[:4], first_sft(params, SFT, seed)) for seed in (0, 1)))
    with pytest.raises(ParamsError, match="seeds has no 2"):
        first_sft(params, SFT, 2)
