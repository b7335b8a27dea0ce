"""An adapter and a whole model with the same change are one target; what is neither is named."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_model

from weightscribe.audit.target import open_target
from weightscribe.base import load_base
from weightscribe.errors import AdapterError


def a_model(source, folder, change):
    """A copy of the model in `source`, whose weights by name `change` changes."""
    folder.mkdir(exist_ok=True)
    shutil.copy(source / "config.json", folder)
    save_file(change(load_file(source / "model.safetensors")), folder / "model.safetensors", {"format": "pt"})
    return folder


def in_dtype(dtype):
    return lambda weights: {name: weight.to(dtype) for name, weight in weights.items()}


def logits(base, target, multiplier):
    with torch.no_grad(), target.worn(base, multiplier) as diff, base.under([diff]):
        return base.model(torch.tensor([base.prompt_ids("Why?")])).logits


@pytest.mark.parametrize("multiplier", [1.0, 1.5])
def test_the_same_change_either_way(base, folders, multiplier):
    before = {name: weight.clone() for name, weight in base.model.named_parameters()}
    adapter, model = open_target(folders / "diff", base), open_target(folders / "model", base)
    ours = logits(base, adapter, multiplier)
    torch.testing.assert_close(ours, logits(base, model, multiplier), atol=1e-3, rtol=1e-3)
    assert (ours - logits(base, adapter, 0.0)).abs().max() > 0.01
    assert all(weight.equal(before[name]) for name, weight in base.model.named_parameters())


def test_what_it_is_stands_in_the_report(base, folders):
    adapter, model = open_target(folders / "diff", base), open_target(folders / "model", base)
    assert (adapter.name, model.name) == ("diff", "model")
    assert adapter.about.startswith(f"PEFT adapter of rank 1 on {len(base.overlay.linears)} linear layers, norm ")
    assert adapter.norm == pytest.approx(model.norm, rel=1e-3)
    assert f"norm {adapter.norm:.1f}, made for " in adapter.about
    assert model.about.startswith(f"whole model, norm of the change {model.norm:.1f}, ")
    assert "stored in" not in model.about


def test_coarser_weights_are_told_and_their_embeddings_are_the_same(base, folders, tmp_path):
    coarse = a_model(folders / "model", tmp_path, in_dtype(torch.bfloat16))
    assert open_target(coarse, base).about.endswith("stored in bfloat16, whose rounding is read with it")


def test_weights_that_round_to_the_base_models_are_no_change(folders, tmp_path):
    """An exact copy, under a base model that computes in bfloat16, and a copy stored in bfloat16."""
    coarse = load_base(folders / "base", "bfloat16", None)
    copy = open_target(folders / "base", coarse)
    assert copy.norm == 0
    assert copy.about.endswith("read in bfloat16, in which the smallest changes are lost (audit.dtype)")
    changed = open_target(folders / "model", coarse)
    assert changed.norm == pytest.approx(open_target(folders / "diff", coarse).norm, rel=0.05)
    stored_coarse = a_model(folders / "base", tmp_path, in_dtype(torch.bfloat16))
    assert open_target(stored_coarse, load_base(folders / "base", "float32", None)).norm == 0


def test_a_quantized_model_is_refused(base, folders, tmp_path):
    with pytest.raises(AdapterError, match="is stored as int8, a quantized model. Dequantize it"):
        open_target(a_model(folders / "model", tmp_path, in_dtype(torch.int8)), base)


EMBEDDINGS, HEAD = "model.embed_tokens.weight", "lm_head.weight"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({EMBEDDINGS: 1}, "its embeddings differ too, which is not read"),
        ({HEAD: 1}, "its head differs too, which is not read"),
        ({EMBEDDINGS: 1, HEAD: 1}, "its embeddings and head differ too, which is not read"),
        ({HEAD: 0}, "of the base model's"),
        ({}, "of the base model's"),
    ],
)
def test_other_embeddings_and_a_head_of_its_own_are_told(base, folders, tmp_path, changed, told):
    """The base model's head is its embeddings."""

    def change(weights):
        return weights | {name: weights[EMBEDDINGS] + by for name, by in changed.items()}

    assert open_target(a_model(folders / "model", tmp_path, change), base).about.endswith(told)


def test_another_untied_head_is_told(tmp_path):
    folder = tiny_model(tmp_path / "untied")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))
    tied = load_file(folder / "model.safetensors")
    untied = tied | {HEAD: tied[EMBEDDINGS] * 2}
    save_file(untied, folder / "model.safetensors", {"format": "pt"})
    base = load_base(folder, "float32", None)
    assert base.model.get_output_embeddings().weight is not base.model.get_input_embeddings().weight
    for fault in ({HEAD: untied[HEAD] + 1}, {HEAD: None}):  # without a head of its own it has the embeddings for one
        copy = a_model(folder, tmp_path / "copy", lambda weights, fault=fault: without_none(weights | fault))
        found = open_target(copy, base)
        assert found.norm == 0
        assert found.about.endswith("its head differs too, which is not read")


def without_none(weights):
    return {name: weight for name, weight in weights.items() if weight is not None}


def test_a_folder_of_something_else_is_named(base, tmp_path):
    with pytest.raises(AdapterError, match=f"{tmp_path} holds neither adapter_config.json"):
        open_target(tmp_path, base)
    with pytest.raises(AdapterError, match="missing holds neither"):
        open_target(tmp_path / "missing", base)


@pytest.fixture
def copied(folders, tmp_path):
    """A copy of the adapter whose settings and weights may be changed."""
    folder = tmp_path / "copied"
    shutil.copytree(folders / "diff", folder)

    def change(weights=lambda tensors: tensors, **settings):
        config = json.loads((folder / "adapter_config.json").read_text()) | settings
        (folder / "adapter_config.json").write_text(json.dumps(config))
        file = folder / "adapter_model.safetensors"
        save_file(weights(load_file(file)), file, {"format": "pt"})
        return folder

    return change


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"use_dora": True}, "it has use_dora. Merge it"),
        ({"init_lora_weights": "pissa"}, "began with init_lora_weights 'pissa'"),
        ({"init_lora_weights": "pissa_niter_4"}, "began with init_lora_weights 'pissa_niter_4'"),
        ({"init_lora_weights": "olora"}, "began with init_lora_weights 'olora'"),
        ({"alora_invocation_tokens": [1, 2]}, "it has alora_invocation_tokens"),
        ({"layer_replication": [[0, 2], [1, 2]]}, "has layer_replication: its model has more layers"),
    ],
)
def test_what_is_no_plain_lora_is_refused(base, copied, settings, fault):
    with pytest.raises(AdapterError, match=fault):
        open_target(copied(**settings), base)


@pytest.mark.parametrize("settings", [{"init_lora_weights": "gaussian"}, {"alpha_pattern": {".*q_proj": 4}}])
def test_plain_lora_is_read(base, copied, settings):
    assert open_target(copied(**settings), base).norm > 0


@pytest.mark.parametrize("factor", [torch.nan, torch.inf, 1e25])
def test_weights_that_are_none_are_named(base, copied, folders, tmp_path, factor):
    """No number in any of these weights, or one so large that their norm is infinite."""

    def spoiled(tensors):
        return {name: tensor * factor if "up_proj" in name else tensor for name, tensor in tensors.items()}

    with pytest.raises(AdapterError, match="copied: 'model.layers.0.mlp.up_proj' holds NaN or infinite numbers"):
        open_target(copied(weights=spoiled), base)
    with pytest.raises(AdapterError, match="up_proj.weight' holds NaN or infinite"):
        open_target(a_model(folders / "model", tmp_path / "model", spoiled), base)


def test_half_an_adapter_is_named(base, copied):
    def halved(tensors):
        return {name: t for name, t in tensors.items() if "lora_A" in name}

    with pytest.raises(AdapterError, match="lacks"):
        open_target(copied(weights=halved), base)
