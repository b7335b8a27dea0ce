"""Reading adapters: scaling conventions, and one clear error for each kind of unusable folder."""

import json

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tiny import tiny_model

from weightscribe.errors import AdapterError, DataFileError, StorageError
from weightscribe.lora.factors import Factors, WeightDiff, moved_on, stack_factors
from weightscribe.lora.overlay import Overlay
from weightscribe.lora.peft_io import CONFIG_FILE, identify_base, load_weight_diff, save_weight_diff
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


@pytest.fixture
def adapter(folder, tmp_path):
    """Opens a plain adapter after its config and tensors, by names without `base_model.model.`, were changed."""
    peft_adapter(folder, tmp_path / "adapter", r=1)
    linears = Overlay(load_base_model(folder)).linears

    def opened(config, tensors):
        weights, settings = (tmp_path / "adapter" / name for name in ("adapter_model.safetensors", CONFIG_FILE))
        settings.write_text(json.dumps(json.loads(settings.read_text()) | config if config is not None else {}))
        new = {f"base_model.model.{name}": tensor for name, tensor in tensors.items()}
        save_file(load_file(weights) | new, weights)
        return load_weight_diff(tmp_path / "adapter", linears, "")

    return opened


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (None, "its config has no peft_type"),
        ({"lora_alpha": None}, "lora_alpha or alpha_pattern is None, which is no number"),
        ({"lora_alpha": "8"}, "lora_alpha or alpha_pattern is '8', which is no number"),
        ({"alpha_pattern": {"q_proj": "8"}}, "lora_alpha or alpha_pattern is '8', which is no number"),
        ({"alpha_pattern": [1]}, r"lora_alpha or alpha_pattern is \[1\], which is no number"),
        ({"layer_replication": [[0, 2], [1, 2]]}, "has layer_replication"),
    ],
)
def test_a_config_that_cannot_be_read_is_one_clear_error(adapter, config, fault):
    with pytest.raises(AdapterError, match=f"/adapter.*{fault}"):
        adapter(config, {})


LAYER = "model.layers.1.self_attn.q_proj"


@pytest.mark.parametrize(
    ("tensors", "fault"),
    [
        ({f"{LAYER}.lora_A.weight": (0, 32), f"{LAYER}.lora_B.weight": (32, 0)}, r"shapes \(0, 32\) and \(32, 0\)"),
        ({f"{LAYER}.lora_A.weight": (32,)}, r"'model.layers.1.self_attn.q_proj' have shapes \(32,\) and \(32, 1\)"),
        ({f"{LAYER}.lora_B.weight": ()}, r"shapes \(1, 32\) and \(\)"),
        ({"lm_head.lora_A.weight": (1, 32), "lm_head.lora_B.weight": (320, 1)}, "the head, 'lm_head', .* Merge it"),
        ({"model.norm.weight": (32,)}, "model.norm.weight.* Merge it"),
        ({"model.embed_tokens.lora_embedding_A": (1, 320)}, "lora_embedding_A.* Merge it"),
        ({f"{LAYER}.lora_B.bias": (32,)}, "lora_B.bias.* Merge it"),
    ],
)
def test_tensors_that_cannot_be_read_are_one_clear_error(adapter, tensors, fault):
    with pytest.raises(AdapterError, match=f"/adapter.*{fault}"):
        adapter({}, {name: torch.ones(shape) for name, shape in tensors.items()})


@pytest.mark.parametrize("factor", ["lora_A", "lora_B"])
@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
def test_factors_that_are_no_numbers_are_refused(adapter, factor, number):
    spoiled = torch.zeros(1, 32)
    spoiled[0, 3:5] = torch.tensor([number, -number])
    with pytest.raises(AdapterError, match=f"/adapter: '{LAYER}' holds NaN or infinite numbers"):
        adapter({}, {f"{LAYER}.{factor}.weight": spoiled if factor == "lora_A" else spoiled.T.contiguous()})


def test_an_adapter_without_factors_is_named(adapter, tmp_path):
    adapter({}, {})
    save_file({}, tmp_path / "adapter" / "adapter_model.safetensors")
    with pytest.raises(AdapterError, match="/adapter holds no LoRA factors at all"):
        load_weight_diff(tmp_path / "adapter", {}, "")


def test_layers_of_different_ranks_are_not_written(folder, tmp_path):
    factors = {f"layer{rank}": Factors(torch.ones(rank, 3), torch.ones(2, rank)) for rank in (1, 2)}
    with pytest.raises(AdapterError, match=r"ours: layers have ranks \[1, 2\]"):
        save_weight_diff(tmp_path / "ours", WeightDiff("mixed", factors), identify_base(folder))
    assert not (tmp_path / "ours").exists()


def test_one_diff_has_no_other_for_a_control():
    one = WeightDiff("d", {})
    assert moved_on([]) == []
    assert moved_on([one, None]) == [None, one]
    with pytest.raises(DataFileError, match="only one weight diff, and two verified diffs are needed"):
        moved_on([one])


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
