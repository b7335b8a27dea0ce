"""The contenders of `make bench` do the same work, and their ratios are taken repeat by repeat."""

import pytest
import torch
from benchmarks.level2 import with_dense_overlay
from benchmarks.timing import Ratio, interleaved
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import stack_factors


def test_ratios_pair_the_times_of_one_repeat():
    ratio = Ratio.of([2.0, 9.0, 4.0], [1.0, 3.0, 1.0])
    assert (ratio.median, ratio.low, ratio.high) == (3.0, 2.0, 4.0)
    assert ratio.as_metrics("speed") == {"speed": 3.0, "speed_min": 2.0, "speed_max": 4.0}


def test_contenders_take_turns_and_the_first_round_does_not_count():
    calls = []

    def contender(name):
        def prepare():
            calls.append(f"prepare {name}")
            return lambda: calls.append(name)

        return prepare

    seconds = interleaved({name: contender(name) for name in "ab"}, repeats=2, title="test")
    assert calls == ["prepare a", "a", "prepare b", "b"] * 3
    assert {name: len(values) for name, values in seconds.items()} == {"a": 2, "b": 2}


@pytest.fixture
def base(tmp_path):
    return load_base(tiny_model(tmp_path / "base"), "float32", None)


def test_the_dense_alternative_computes_what_the_overlay_does(base):
    bank = loud(FactorBank(base.overlay.linears, 2, 2.0, [0, 1]), 0, size=0.1)
    linears = base.overlay.linears
    stacked = stack_factors([bank.weight_diff(i, f"diff-{i}") for i in range(2)], linears, torch.float32)
    adapter = stack_factors([bank.weight_diff(0, "adapter")], linears, torch.float32)
    ids = torch.randint(3, 250, (2, 7), generator=torch.Generator().manual_seed(1))

    def logits(model_base):
        with torch.no_grad(), model_base.overlay.rows(stacked, adapter):
            return model_base.model(ids).logits

    ours = logits(base)
    dense = logits(with_dense_overlay(base))
    assert torch.allclose(ours, dense, atol=1e-4)
