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
    weights = load_file(folders / "model" / "model.safetensors")
    save_file({name: t.bfloat16() for name, t in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text("{}")
    assert open_target(tmp_path, base).about.endswith("stored in bfloat16, whose rounding is read with it")


def test_weights_that_round_to_the_base_models_are_no_change(folders, tmp_path):
    """An exact copy, under a base model that computes in bfloat16, and a copy stored in bfloat16."""
    coarse = load_base(folders / "base", "bfloat16", None)
    copy = open_target(folders / "base", coarse)
    assert copy.norm == 0
    assert copy.about.endswith("read in bfloat16, in which the smallest changes are lost (audit.dtype)")
    changed = open_target(folders / "model", coarse)
    assert changed.norm == pytest.approx(open_target(folders / "diff", coarse).norm, rel=0.05)
    weights = load_file(folders / "base" / "model.safetensors")
    save_file({name: t.bfloat16() for name, t in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text("{}")
    assert open_target(tmp_path, load_base(folders / "base", "float32", None)).norm == 0


def test_a_quantized_model_is_refused(base, folders, tmp_path):
    weights = load_file(folders / "model" / "model.safetensors")
    save_file({name: t.to(torch.int8) for name, t in weights.items()}, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(AdapterError, match="is stored as int8, a quantized model. Dequantize it"):
        open_target(tmp_path, base)


def test_other_embeddings_are_told(base, folders, tmp_path):
    weights = load_file(folders / "model" / "model.safetensors")
    weights["model.embed_tokens.weight"] += 1
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text(json.dumps({}))
    assert open_target(tmp_path, base).about.endswith("its embeddings differ too, which is not read")
    assert "embeddings" not in open_target(folders / "model", base).about


def test_another_untied_head_is_told(tmp_path):
    folder = tiny_model(tmp_path / "untied")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": False}))
    tied = load_file(folder / "model.safetensors")
    untied = tied | {"lm_head.weight": tied["model.embed_tokens.weight"].clone()}
    save_file(untied, folder / "model.safetensors", {"format": "pt"})
    base = load_base(folder, "float32", None)
    assert base.model.get_output_embeddings().weight is not base.model.get_input_embeddings().weight
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.weight"] += 1
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    found = open_target(folder, base)
    assert found.norm == 0
    assert found.about.endswith("its head differs too, which is not read")


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
    ],
)
def test_what_is_no_plain_lora_is_refused(base, copied, settings, fault):
    with pytest.raises(AdapterError, match=fault):
        open_target(copied(**settings), base)


@pytest.mark.parametrize("settings", [{"init_lora_weights": "gaussian"}, {"alpha_pattern": {".*q_proj": 4}}])
def test_plain_lora_is_read(base, copied, settings):
    assert open_target(copied(**settings), base).norm > 0


def test_weights_that_are_none_are_named(base, copied, folders, tmp_path):
    def spoiled(tensors):
        first = next(iter(tensors))
        return tensors | {first: torch.full_like(tensors[first], torch.nan)}

    with pytest.raises(AdapterError, match="holds NaN or infinite numbers"):
        open_target(copied(weights=spoiled), base)
    weights = load_file(folders / "model" / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][0] = torch.inf
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(AdapterError, match="up_proj.weight' holds NaN or infinite"):
        open_target(tmp_path, base)


def test_half_an_adapter_is_named(base, copied):
    def halved(tensors):
        return {name: t for name, t in tensors.items() if "lora_A" in name}

    with pytest.raises(AdapterError, match="lacks"):
        open_target(copied(weights=halved), base)
