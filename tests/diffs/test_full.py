"""Full-parameter fine-tunes: learned, stored as a model of their own, and the base model as it was."""

import copy
import random

import pytest
import torch
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
    with pytest.raises(AdapterError, match="cannot be read"):
        load_full(tmp_path / "missing", base)
    from safetensors.torch import save_file

    (tmp_path / "other").mkdir()
    save_file({"x": torch.ones(2)}, tmp_path / "other" / "model.safetensors")
    with pytest.raises(AdapterError, match="no fine-tune of this base model"):
        load_full(tmp_path / "other", base)


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
