"""An adapter and a whole model with the same change are one target; what is neither is named."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from weightscribe.audit.target import open_target
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
    norms = {about.split("norm ")[1] for about in (adapter.about, model.about)}
    assert len(norms) == 1


def test_other_embeddings_are_told(base, folders, tmp_path):
    weights = load_file(folders / "model" / "model.safetensors")
    weights["model.embed_tokens.weight"] += 1
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text(json.dumps({}))
    assert open_target(tmp_path, base).about.endswith("its embeddings differ too, which is not read")
    assert "embeddings" not in open_target(folders / "model", base).about


def test_a_folder_of_something_else_is_named(base, tmp_path):
    with pytest.raises(AdapterError, match=f"{tmp_path} holds neither adapter_config.json"):
        open_target(tmp_path, base)
    with pytest.raises(AdapterError, match="missing holds neither"):
        open_target(tmp_path / "missing", base)
