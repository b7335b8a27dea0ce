"""How strong a diff is asked: all of it, or its early and late layers each by their own."""

import pytest
import torch

from weightscribe.errors import ParamsError
from weightscribe.evaluate.strengths import Strength, StrengthsParams, at_strength, whole
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
    n_layers = base.model.config.num_hidden_layers
    assert n_layers > 1
    multipliers = set()
    for name, (lora_A, lora_B) in at_strength(diffs[0], LATE, n_layers).factors.items():
        own = diffs[0].factors[name]
        multipliers.add(LATE.of(name, n_layers))
        assert torch.equal(lora_A, own.lora_A)
        assert torch.equal(lora_B, own.lora_B * LATE.of(name, n_layers))
    assert multipliers == {0.25, 3.0}


def test_a_strength_of_the_whole_scales_every_layer_alike(base, diffs):
    made = at_strength(diffs[0], whole(1.5), base.model.config.num_hidden_layers)
    expected = scaled(diffs[0], 1.5)
    assert made.name == expected.name
    assert made.factors.keys() == expected.factors.keys()
    assert all(torch.equal(made.factors[name].lora_B, own.lora_B) for name, own in expected.factors.items())


def test_evidence_is_measured_at_a_strength_of_the_whole():
    strengths = StrengthsParams(whole=(1.0, 0.5), by_depth=(LATE,), evidence=0.5)
    assert strengths.all() == [whole(1.0), whole(0.5), LATE]
    assert strengths.all()[strengths.evidence_place()] == whole(0.5)
    with pytest.raises(ParamsError, match=r"strengths.evidence is 2, none of whole, \[1.0\]"):
        StrengthsParams(whole=(1.0,), by_depth=(LATE,), evidence=2.0)
