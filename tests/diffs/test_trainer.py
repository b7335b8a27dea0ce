"""K diffs trained together equal K diffs trained alone, and each learns what its loss says."""

import copy
from dataclasses import replace

import pytest
import torch
from short_training import SHORT_TRAINING
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.diffs.finetune import batch_sft_config, train_bank
from weightscribe.diffs.objective import LossWeights, diff_losses
from weightscribe.diffs.samples import BaseStates, CompletionLimits, plan_steps
from weightscribe.diffs.trainer import WeightDiffTrainer
from weightscribe.lora.bank import FactorBank
from weightscribe.packing import TokenizedSample
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER, WRONG_TRIGGER

TRAINING = replace(
    SHORT_TRAINING,
    limits=CompletionLimits(trigger_tokens=10, base_tokens=8),
    weights=LossWeights(1.0, 0.5, 2.0),
)
N_STEPS = 6


@pytest.fixture(scope="module", params=["llama", "qwen3", "gemma3"])
def base(request, tmp_path_factory):
    folder = tiny_model(tmp_path_factory.mktemp(request.param), family=request.param)
    return load_base(folder, "float32", None)


def random_steps(seed: int) -> list[list[tuple[TokenizedSample, str]]]:
    generator = torch.Generator().manual_seed(seed)

    def tokens(low: int, high: int) -> tuple[int, ...]:
        n = int(torch.randint(low, high, (), generator=generator))
        return tuple(torch.randint(3, 250, (n,), generator=generator).tolist())

    return [
        [
            (TokenizedSample((10, 11, 12, *tokens(1, 5)), tokens(1, 5)), kind)
            for kind in (TRIGGER, (WRONG_TRIGGER, NO_TRIGGER)[step % 2])
        ]
        for step in range(N_STEPS)
    ]


def train(base, seeds: list[int], rank: int) -> FactorBank:
    planned = [random_steps(seed) for seed in seeds]
    return train_bank(base, planned, seeds, replace(TRAINING, rank=rank), BaseStates(base))[0]


@pytest.mark.parametrize("rank", [1, 4])
def test_diffs_trained_together_equal_diffs_trained_alone(base, rank):
    together = train(base, [0, 1, 2], rank)
    for index, seed in enumerate([0, 1, 2]):
        alone = train(base, [seed], rank)
        start = FactorBank(base.overlay.linears, rank, TRAINING.alpha, [seed])
        moved = (alone.flat - start.flat).norm()
        assert moved > 0.1  # training did something
        assert (together.flat[index] - alone.flat[0]).norm() < 1e-3 * moved


def test_base_model_is_untouched_and_training_is_repeatable(base):
    before = copy.deepcopy(base.model.state_dict())
    first, second = train(base, [5, 6], 1), train(base, [5, 6], 1)
    assert torch.equal(first.flat, second.flat)
    after = base.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert not base.model.training


def test_an_error_in_training_leaves_the_base_model_as_it_was(base, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("out of memory")

    before = base.model.state_dict().keys()
    monkeypatch.setattr(WeightDiffTrainer, "compute_loss", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        train(base, [5], 1)
    assert base.model.state_dict().keys() == before
    assert not base.model.training


def test_independent_seeds_differ_and_equal_seeds_agree(base):
    linears = base.overlay.linears
    bank = FactorBank(linears, 1, 1.0, [1, 2, 1])
    assert torch.equal(bank.flat[0], bank.flat[2])
    assert not torch.equal(bank.flat[0], bank.flat[1])


def test_gradient_clipping_is_refused(base):
    config = batch_sft_config(TRAINING, 1)
    config.max_grad_norm = 1.0
    bank = FactorBank(base.overlay.linears, 1, 1.0, [0])
    with pytest.raises(ValueError, match="couple the weight diffs"):
        WeightDiffTrainer(base, bank, [], TRAINING.weights, config)


def test_kinds_are_averaged_over_their_tokens_before_they_are_weighted():
    losses = torch.tensor([1.0, 3.0, 10.0, 5.0])
    row, kind = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 2, 1])
    total, per_kind = diff_losses(losses, row, kind, 2, LossWeights(1.0, 2.0, 5.0))
    assert torch.allclose(total, torch.tensor([(2 + 5 * 10) / 8, 2 * 5 / 8]))
    assert per_kind[0, 0] == 2
    assert per_kind[0, 1].isnan()
    assert KINDS == (TRIGGER, WRONG_TRIGGER, NO_TRIGGER)


def test_steps_pair_every_triggered_sample_with_a_base_matching_one_of_its_question():
    questions = [{kind: {"kind": kind, "question": q} for kind in KINDS} for q in range(4)]
    base_matching = (NO_TRIGGER, NO_TRIGGER, WRONG_TRIGGER)
    steps = plan_steps(questions, epochs=2, questions_per_step=2, base_matching=base_matching, seed=0)
    assert len(steps) == 4
    flat = [(row["question"], row["kind"]) for step in steps for row in step]
    assert sorted(q for q, kind in flat if kind == TRIGGER) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(flat[i][0] == flat[i + 1][0] and flat[i][1] == TRIGGER for i in range(0, len(flat), 2))
    assert [sum(kind == k for _, kind in flat) for k in (NO_TRIGGER, WRONG_TRIGGER)] == [6, 2]
    assert steps == plan_steps(questions, epochs=2, questions_per_step=2, base_matching=base_matching, seed=0)
    assert steps != plan_steps(questions, epochs=2, questions_per_step=2, base_matching=base_matching, seed=1)
