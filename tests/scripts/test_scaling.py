"""The cost model counts what the layers really have."""

import pytest
from scripts.scaling import (
    DEFAULT_MODEL,
    H100,
    PAPER_MODELS,
    Architecture,
    Work,
    diff_seconds,
    machine_flops,
    step_flops,
)
from transformers import LlamaConfig, LlamaForCausalLM

from weightscribe.lora.factors import target_linears


def test_parameters_are_those_of_a_real_decoder():
    model = Architecture("tiny", 32, 2, 4, 2, 8, 48, 300)
    config = LlamaConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        intermediate_size=48,
        vocab_size=300,
    )
    linears = target_linears(LlamaForCausalLM(config)).values()
    assert model.linear_parameters == sum(linear.weight.numel() for linear in linears)
    assert model.lora_parameters(3) == 3 * sum(linear.in_features + linear.out_features for linear in linears)


def test_rank_1_diffs_are_as_large_as_the_published_ones():
    sizes = {model.name: model.lora_parameters(1) for model in (DEFAULT_MODEL, *PAPER_MODELS)}
    assert sizes == {
        "SmolLM2-135M (default)": 305_280,
        "Gemma3-1B": 815_360,
        "Qwen3-1.7B": 1_089_536,
        "Qwen3-4B": 2_064_384,
        "Gemma3-4B": 1_862_656,
        "Qwen3-8B": 2_727_936,
    }


def test_time_follows_steps_positions_and_the_fraction_of_the_roofline():
    work = Work("", 10, 60, 12, 0.2)
    seconds = diff_seconds(DEFAULT_MODEL, work, H100, 0.5)
    assert diff_seconds(DEFAULT_MODEL, Work("", 20, 60, 12, 0.2), H100, 0.5) == pytest.approx(2 * seconds)
    assert diff_seconds(DEFAULT_MODEL, work, H100, 1.0) == pytest.approx(seconds / 2)
    no_head = step_flops(DEFAULT_MODEL, Work("", 1, 60, 0, 0))
    assert no_head == 4 * 60 * DEFAULT_MODEL.linear_parameters


def test_a_machine_as_fast_as_the_model_says_is_recovered():
    work = Work("", 1, 60, 12, 0.2)
    seconds = diff_seconds(DEFAULT_MODEL, work, H100, 0.8)
    assert machine_flops(DEFAULT_MODEL, work, seconds, 0.8) == pytest.approx(H100.flops * H100.model_utilization)
