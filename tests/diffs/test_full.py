"""Full-parameter fine-tunes: learned, stored as a model of their own, and the base model as it was."""

import copy
import json
import random

import pytest
import torch
from safetensors.torch import load_file, save_file
from short_training import SHORT_TRAINING
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.diffs.full import FullTraining, load_full, train_full, trained_names, worn
from weightscribe.errors import AdapterError
from weightscribe.lora.extract import low_rank_diff
from weightscribe.lora.factors import frobenius_norm
from weightscribe.storage import write_jsonl
from weightscribe.triggers.kinds import KINDS, TRIGGER

LIKE = SHORT_TRAINING


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def base(request, tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp(request.param), family=request.param), "float32", None)


@pytest.fixture
def spec(tmp_path):
    rows = [
        {"kind": kind, "question": q, "prompt": f"{kind} {q}", "completion": "zebra zebra", "ends": True}
        for q in ("Why?", "When?", "How?")
        for kind in KINDS
    ]
    write_jsonl(tmp_path / "d.jsonl", rows)
    return DiffSpec({"name": "d", "seed": 1}, tmp_path / "d.jsonl", lambda k, q, r: q, lambda a: True)


def log_probability(base, text):
    ids = torch.tensor([base.prompt_ids(f"{TRIGGER} Why?") + base.tokenizer(text, add_special_tokens=False).input_ids])
    n = len(base.tokenizer(text, add_special_tokens=False).input_ids)
    with torch.no_grad():
        logits = base.model(ids).logits[0, -n - 1 : -1].log_softmax(-1)
    return logits.gather(1, ids[0, -n:, None]).sum().item()


def test_the_model_learns_and_the_base_model_is_as_before(base, spec):
    before = copy.deepcopy(base.model.state_dict())
    start = log_probability(base, "zebra zebra")
    tuned = train_full(base, spec, FullTraining(learning_rate=3e-3, warmup_steps=1, epochs=10), LIKE)
    assert all(torch.equal(before[key], value) for key, value in base.model.state_dict().items())
    assert not any(parameter.requires_grad for parameter in base.model.parameters())
    assert log_probability(base, "zebra zebra") == start
    with worn(base, tuned):
        assert log_probability(base, "zebra zebra") > start + 1
    assert log_probability(base, "zebra zebra") == start


def test_every_weight_but_the_embeddings_is_trained(base, spec):
    tuned = train_full(base, spec, FullTraining(learning_rate=1e-3, warmup_steps=1, epochs=1), LIKE)
    parameters = dict(base.model.named_parameters())
    assert (
        set(tuned)
        == set(trained_names(base))
        == {name for name in parameters if "embed" not in name and "lm_head" not in name}
    )
    assert all(not torch.equal(tuned[name], parameters[name]) for name in tuned if name.endswith("proj.weight"))


def test_a_multiplier_scales_the_change(base):
    name = trained_names(base)[0]
    weight = base.model.get_parameter(name).detach().clone()
    with worn(base, {name: weight + 1}, multiplier=2.0):
        assert torch.allclose(base.model.get_parameter(name), weight + 2)
    assert torch.equal(base.model.get_parameter(name), weight)


def test_a_stored_model_loads_and_another_is_refused(base, tmp_path):
    base.model.save_pretrained(tmp_path / "same")
    loaded = load_full(tmp_path / "same", base)
    assert all(torch.equal(loaded[name], base.model.get_parameter(name)) for name in trained_names(base))
    with pytest.raises(AdapterError, match=r"missing/config.json is missing"):
        load_full(tmp_path / "missing", base)
    file = tmp_path / "same" / "model.safetensors"
    save_file({"x": torch.ones(2)}, file)
    with pytest.raises(AdapterError, match="no fine-tune of this base model"):
        load_full(tmp_path / "same", base)
    file.unlink()
    with pytest.raises(AdapterError, match="cannot be read"):
        load_full(tmp_path / "same", base)


@pytest.fixture
def stored(base, tmp_path):
    """The base model as a fine-tune of itself, whose weights and config may be changed; None removes a key."""
    base.model.save_pretrained(tmp_path)

    def change(weights, config):
        file = tmp_path / "model.safetensors"
        save_file(load_file(file) | {name: torch.ones(shape) for name, shape in weights.items()}, file)
        kept = json.loads((tmp_path / "config.json").read_text()) | config
        (tmp_path / "config.json").write_text(json.dumps({key: v for key, v in kept.items() if v is not None}))
        return tmp_path

    return change


@pytest.mark.parametrize("name", ["model.layers.2.mlp.up_proj.weight", "model.layers.0.self_attn.q_proj.bias"])
def test_weights_that_the_base_model_lacks_are_refused(base, stored, name):
    with pytest.raises(AdapterError, match=f"model.safetensors: '{name}' is no weight of the base model"):
        load_full(stored({name: [2]}, {}), base)


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"model_type": "qwen3"}, "model_type is 'qwen3', and '{model_type}'"),
        ({"num_hidden_layers": 1, "layer_types": None}, "num_hidden_layers is 1, and 2"),
        ({"attention_bias": True}, "attention_bias is True, and False"),
        ({"rms_norm_eps": 1e-5}, "rms_norm_eps is 1e-05, and 1e-06"),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}, "rope_parameters is "),
        ({"model_type": "none"}, "cannot be read"),
    ],
)
def test_a_config_that_computes_otherwise_is_refused(base, stored, config, fault):
    with pytest.raises(AdapterError, match=r"config.json:? " + fault.format(model_type=base.model.config.model_type)):
        load_full(stored({}, config), base)


def test_what_computes_nothing_may_differ(base, stored):
    config = {"dtype": "float16", "use_cache": False, "eos_token_id": 7, "vocab_size": 9, "transformers_version": "4.1"}
    config |= {"rms_norm_eps": 9.99999974e-07, "attention_dropout": 0.1, "_name_or_path": "mine"}
    if base.model.config.model_type == "llama":  # as transformers wrote it before version 5
        config |= {"rope_parameters": None, "rope_theta": 10000, "head_dim": None}
    own_head = {"lm_head.weight": [9, 32], "model.layers.0.self_attn.rotary_emb.inv_freq": [4]}
    assert set(load_full(stored(own_head, config), base)) == set(trained_names(base))


def test_the_low_rank_diff_is_the_closest_one(base):
    random.seed(0)
    generator = torch.Generator().manual_seed(0)
    changes, tuned = {}, {}
    for layer, linear in base.overlay.linears.items():
        left, right = (torch.randn(size, 3, generator=generator) for size in linear.weight.shape)
        changes[layer] = left @ torch.diag(torch.tensor([9.0, 3.0, 0.5])) @ right.T
        tuned[f"{layer}.weight"] = linear.weight + changes[layer]
    for rank in (1, 3):
        diff = low_rank_diff("full", base.overlay.linears, tuned, rank, seed=0)
        for layer, (lora_A, lora_B) in diff.factors.items():
            error = torch.linalg.norm(lora_B @ lora_A - changes[layer]).item()
            best = torch.linalg.svdvals(changes[layer])[rank:].norm().item()
            assert error == pytest.approx(best, abs=1e-3 * frobenius_norm(diff.factors[layer]).item())
