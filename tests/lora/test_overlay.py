"""The overlay adds exactly what PEFT would, row by row, and leaves no trace."""

import copy

import pytest
import torch
from loud import loud
from peft import PeftModel, get_peft_model
from tiny import tiny_model

from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import (
    DITAdapter,
    Factors,
    WeightDiff,
    frobenius_norm,
    random_diff_of_equal_norm,
    stack_factors,
)
from weightscribe.lora.overlay import Overlay
from weightscribe.lora.peft_io import (
    identify_base,
    load_weight_diff,
    lora_config,
    save_weight_diff,
)
from weightscribe.models.loading import load_base_model


@pytest.fixture(scope="module", params=["llama", "qwen3", "gemma3"])
def folder(request, tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp(request.param), family=request.param, seed=0)


def random_diff(linears, rank: int, seed: int) -> WeightDiff:
    """A diff large enough to matter: lora_B is not zero."""
    bank = loud(FactorBank(linears, rank, alpha=rank, seeds=[seed]), seed, size=0.1)
    return bank.weight_diff(0, f"diff-{rank}-{seed}")


def add_dit(model, base):
    """A DIT adapter with nonzero lora_B on top of `model`."""
    overlay = Overlay(model)
    config = lora_config(4, sorted(overlay.linears), base)
    config.inference_mode = False
    torch.manual_seed(0)
    adapted = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.05)
    return overlay, adapted.eval()


def adapter_of(adapted) -> DITAdapter:
    """The factors of a PEFT model with one adapter of scaling 1."""
    layers = {name: module for name, module in adapted.base_model.model.named_modules() if hasattr(module, "lora_A")}
    return DITAdapter(
        {name: Factors(m.lora_A["default"].weight, m.lora_B["default"].weight) for name, m in layers.items()}
    )


IDS = torch.randint(3, 250, (3, 9), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("ranks", [(1, 1, 1), (4, 4, 4), (1, 4, 2)])
def test_batched_row_equals_plain_peft_with_both_adapters(folder, tmp_path, ranks):
    model = load_base_model(folder)
    base = identify_base(folder)
    overlay, adapted = add_dit(model, base)
    diffs = [random_diff(overlay.linears, rank, seed) for seed, rank in enumerate(ranks)]
    stacked = stack_factors(diffs, overlay.linears, torch.float32)
    with torch.no_grad(), overlay.rows(stacked):
        batched = adapted(IDS).logits
    with torch.no_grad():
        without = adapted(IDS).logits
    dit_state = {k: v for k, v in adapted.state_dict().items() if "lora_" in k}
    # Both in the overlay, no PEFT in the model.
    save_weight_diff(tmp_path / "dit", adapter_of(adapted), base)
    bare = load_base_model(folder)
    bare_overlay = Overlay(bare)
    stored = load_weight_diff(tmp_path / "dit", bare_overlay.linears, base.sha256)
    with torch.no_grad(), bare_overlay.rows(stacked, stack_factors([stored], bare_overlay.linears, torch.float32)):
        both = bare(IDS).logits
    assert (both - batched).abs().max() < 1e-5
    for row, diff in enumerate(diffs):
        save_weight_diff(tmp_path / diff.name, diff, base)
        plain = PeftModel.from_pretrained(load_base_model(folder), str(tmp_path / diff.name), "diff")
        plain.add_adapter("default", adapted.peft_config["default"])
        assert not plain.load_state_dict(dit_state, strict=False).unexpected_keys
        plain.base_model.set_adapter(["diff", "default"])
        with torch.no_grad():
            alone = plain.eval()(IDS[row : row + 1]).logits[0]
        assert (alone - without[row]).abs().max() > 1e-2  # the diff does something
        assert (alone - batched[row]).abs().max() < 1e-5


def test_equal_groups_of_rows_share_a_diff(folder):
    model = load_base_model(folder)
    overlay = Overlay(model)
    diffs = [random_diff(overlay.linears, 1, seed) for seed in (0, 1)]
    ids = IDS[:2].repeat_interleave(2, 0)
    with torch.no_grad():
        with overlay.rows(stack_factors(diffs, overlay.linears, torch.float32)):
            grouped = model(ids).logits
        repeated = stack_factors([diffs[0], diffs[0], diffs[1], diffs[1]], overlay.linears, torch.float32)
        with overlay.rows(repeated):
            row_by_row = model(ids).logits
    assert torch.allclose(grouped, row_by_row, atol=1e-5)


def test_closed_overlay_is_the_base_model_bit_for_bit(folder):
    model = load_base_model(folder)
    with torch.no_grad():
        before = model(IDS).logits
        overlay = Overlay(model)
        with overlay.rows(stack_factors([random_diff(overlay.linears, 2, 0)], overlay.linears, torch.float32)):
            assert not torch.equal(model(IDS).logits, before)
        assert torch.equal(model(IDS).logits, before)


def test_no_diff_row_is_the_base_model(folder):
    model = load_base_model(folder)
    overlay = Overlay(model)
    diffs = [random_diff(overlay.linears, 3, 0), None, random_diff(overlay.linears, 1, 1)]
    with torch.no_grad():
        base = model(IDS).logits
        with overlay.rows(stack_factors(diffs, overlay.linears, torch.float32)):
            rows = model(IDS).logits
    assert torch.allclose(rows[1], base[1], atol=1e-6)
    assert not torch.allclose(rows[0], base[0], atol=1e-2)


def test_output_head_and_embeddings_are_no_targets(folder):
    names = Overlay(load_base_model(folder)).linears
    assert not any("lm_head" in name or "embed" in name for name in names)
    assert len(names) == 2 * 7  # two layers of q, k, v, o, gate, up, down


def test_random_diff_keeps_every_layer_norm(folder):
    diff = random_diff(Overlay(load_base_model(folder)).linears, 4, 0)
    drawn = random_diff_of_equal_norm(diff, torch.Generator().manual_seed(1))
    for name, factors in diff.factors.items():
        dense = (factors.lora_B @ factors.lora_A).norm()
        assert torch.allclose(frobenius_norm(factors), dense, rtol=1e-4)
        assert torch.allclose(frobenius_norm(drawn.factors[name]), dense, rtol=1e-4)
        assert not torch.allclose(drawn.factors[name].lora_A, factors.lora_A)


def test_stored_diff_comes_back_and_equal_diffs_are_equal_bytes(folder, tmp_path):
    overlay, base = Overlay(load_base_model(folder)), identify_base(folder)
    diff = random_diff(overlay.linears, 2, 0)
    for name in ("one", "two"):
        save_weight_diff(tmp_path / name, copy.deepcopy(diff), base)
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    loaded = load_weight_diff(tmp_path / "one", overlay.linears, base.sha256)
    assert loaded.factors.keys() == diff.factors.keys()
    for name, factors in diff.factors.items():
        assert torch.equal(loaded.factors[name].lora_A, factors.lora_A)
        assert torch.equal(loaded.factors[name].lora_B, factors.lora_B)
