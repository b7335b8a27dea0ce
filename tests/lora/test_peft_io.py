"""Reading adapters: scaling conventions, and one clear error for each kind of unusable folder."""

import json

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tiny import tiny_model

from weightscribe.errors import AdapterError, StorageError
from weightscribe.lora.factors import stack_factors
from weightscribe.lora.overlay import Overlay
from weightscribe.lora.peft_io import identify_base, load_weight_diff, save_weight_diff
from weightscribe.models.loading import load_base_model

IDS = torch.arange(5, 15)[None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("llama"), seed=0)


def peft_adapter(folder, target, **config):
    """An adapter written by plain PEFT, and the logits of the model it belongs to."""
    model = load_base_model(folder)
    adapted = get_peft_model(model, LoraConfig(target_modules="all-linear", **config)).eval()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
        logits = adapted(IDS).logits
    adapted.save_pretrained(target)
    return logits


@pytest.mark.parametrize(
    "config",
    [
        {"r": 2, "lora_alpha": 8},
        {"r": 4, "lora_alpha": 8, "use_rslora": True},
        {"r": 2, "lora_alpha": 2, "rank_pattern": {"q_proj": 5}, "alpha_pattern": {"q_proj": 3}},
        {"r": 2, "lora_alpha": 2, "alpha_pattern": {".*q_proj": 4, r"layers\.1\..*": 7}},
        {"r": 2, "lora_alpha": 2, "alpha_pattern": {"proj": 4}},  # PEFT matches whole names: it scales nothing
    ],
    ids=["alpha", "rslora", "patterns", "expressions", "part of a name"],
)
def test_foreign_adapter_overlays_as_peft_runs_it(folder, tmp_path, config):
    expected = peft_adapter(folder, tmp_path / "adapter", **config)
    model = load_base_model(folder)
    overlay = Overlay(model)
    diff = load_weight_diff(tmp_path / "adapter", overlay.linears, identify_base(folder).sha256)
    with torch.no_grad(), overlay.rows(stack_factors([diff], overlay.linears, torch.float32)):
        found = model(IDS).logits
    assert torch.allclose(found, expected, atol=1e-5)


def test_adapter_of_other_shapes_is_refused(folder, tmp_path):
    peft_adapter(folder, tmp_path / "adapter", r=1)
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    tensors = load_file(file)
    key = next(key for key in tensors if "lora_A" in key)
    tensors[key] = torch.zeros(1, 99)
    save_file(tensors, file)
    with pytest.raises(AdapterError, match="made for another base model: layer .* maps 99"):
        load_weight_diff(tmp_path / "adapter", Overlay(load_base_model(folder)).linears, "")


def test_adapter_of_other_weights_is_refused(folder, tmp_path):
    overlay, base = Overlay(load_base_model(folder)), identify_base(folder)
    peft_adapter(folder, tmp_path / "peft", r=1)
    diff = load_weight_diff(tmp_path / "peft", overlay.linears, base.sha256)
    save_weight_diff(tmp_path / "ours", diff, base)
    other = identify_base(tiny_model(tmp_path / "other", seed=1))
    assert other.sha256 != base.sha256
    with pytest.raises(AdapterError, match="another base model"):
        load_weight_diff(tmp_path / "ours", overlay.linears, other.sha256)


@pytest.mark.parametrize("damage", ["no config", "no weights", "truncated", "dora", "unknown layer", "half"])
def test_unusable_folder_is_one_clear_error(folder, tmp_path, damage):
    adapter = tmp_path / "adapter"
    peft_adapter(folder, adapter, r=1)
    weights, config = adapter / "adapter_model.safetensors", adapter / "adapter_config.json"
    if damage == "no config":
        config.unlink()
    elif damage == "no weights":
        weights.unlink()
    elif damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:100])
    elif damage == "dora":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"use_dora": True}))
    elif damage == "half":
        save_file({k: v for k, v in load_file(weights).items() if "layers.0.self_attn.q_proj.lora_B" not in k}, weights)
    else:
        save_file({k.replace("q_proj", "nonsense"): v for k, v in load_file(weights).items()}, weights)
    with pytest.raises(AdapterError, match="lacks '.*lora_B.weight'" if damage == "half" else "adapter"):
        load_weight_diff(adapter, Overlay(load_base_model(folder)).linears, "")


def test_full_disk_leaves_nothing_half_written(folder, tmp_path, monkeypatch):
    overlay, base = Overlay(load_base_model(folder)), identify_base(folder)
    peft_adapter(folder, tmp_path / "peft", r=1)
    diff = load_weight_diff(tmp_path / "peft", overlay.linears, base.sha256)

    def no_space(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("weightscribe.lora.peft_io.save_file", no_space)
    with pytest.raises(StorageError, match="No space left"):
        save_weight_diff(tmp_path / "ours", diff, base)
    assert [path.name for path in tmp_path.iterdir()] == ["peft"]
