"""How strong a diff is asked: all of it, or its early and late layers each by their own."""

import math

import pytest
import torch

from weightscribe.ask.strengths import Strength, StrengthsParams, at_strength, count_layers, uniform
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import scaled

LATE = Strength(depth=0.5, before=0.25, after=3.0)


@pytest.mark.parametrize(
    ("name", "multiplier"),
    [
        ("model.layers.0.self_attn.q_proj", 0.25),
        ("model.layers.14.mlp.down_proj.weight", 0.25),
        ("model.layers.15.input_layernorm.weight", 3.0),
        ("transformer.h.29.attn.c_attn", 3.0),
        ("model.norm.weight", 3.0),
    ],
)
def test_a_layer_is_before_or_after(name, multiplier):
    assert LATE.of(name, 30) == multiplier


def test_layers_are_scaled_by_their_depth(base, diffs):
    n_layers = count_layers(base)
    assert n_layers > 1
    multipliers = set()
    for name, (lora_A, lora_B) in at_strength(diffs[0], LATE, n_layers).factors.items():
        own = diffs[0].factors[name]
        multipliers.add(LATE.of(name, n_layers))
        assert torch.equal(lora_A, own.lora_A)
        assert torch.equal(lora_B, own.lora_B * LATE.of(name, n_layers))
    assert multipliers == {0.25, 3.0}


def test_a_uniform_strength_scales_every_layer_alike(base, diffs):
    made = at_strength(diffs[0], uniform(1.5), count_layers(base))
    expected = scaled(diffs[0], 1.5)
    assert made.name == expected.name
    assert made.factors.keys() == expected.factors.keys()
    assert all(torch.equal(made.factors[name].lora_B, own.lora_B) for name, own in expected.factors.items())


def test_evidence_is_measured_at_a_uniform_strength():
    strengths = StrengthsParams(uniform=(1.0, 0.5), by_depth=(LATE,), evidence=0.5)
    assert strengths.all() == [uniform(1.0), uniform(0.5), LATE]
    assert strengths.all()[strengths.evidence_place()] == uniform(0.5)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"uniform": (1.0,), "by_depth": (LATE,), "evidence": 2.0}, r"evidence is 2, none of uniform, \[1.0\]"),
        ({"uniform": (), "by_depth": (LATE,), "evidence": 1.0}, r"evidence is 1, none of uniform, \[\]"),
        ({"uniform": (1.0, 1.0), "by_depth": (), "evidence": 1.0}, "stands twice"),
        ({"uniform": (1.0,), "by_depth": (LATE, LATE), "evidence": 1.0}, "stands twice"),
    ],
)
def test_strengths_that_cannot_be_used(how, message):
    with pytest.raises(ParamsError, match=message):
        StrengthsParams(**how)


@pytest.mark.parametrize(
    ("depth", "before", "after"),
    [(66.0, 0.0, 3.0), (-0.5, 0.0, 3.0), (0.5, 1.0, 0.0), (0.5, math.nan, 1.0), (0.5, 1.0, math.inf)],
)
def test_a_strength_that_cannot_be_asked(depth, before, after):
    with pytest.raises(ParamsError, match="cannot be asked"):
        Strength(depth, before, after)
