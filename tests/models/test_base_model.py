"""A base model folder is complete, readable and the same every time, or there is none."""

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_gguf, tiny_model, tiny_tokenizer, tiny_wheel
from transformers import BertConfig, BertModel

from weightscribe.errors import FetchError, ModelError, ParamsError
from weightscribe.models.base_model import BaseModelSource, materialize_base_model
from weightscribe.models.loading import check_base_model, load_base_model, load_tokenizer
from weightscribe.params import load_params

UNUSED = dict.fromkeys(BaseModelSource.__dataclass_fields__, "") | {"dtype": "float32"}
REAL = Path("data/base_model")


def local(folder, **changes):
    return BaseModelSource(**UNUSED | {"kind": "local_folder", "path": str(folder)} | changes)


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture
def tiny(tmp_path):
    return tiny_model(tmp_path / "tiny")


@pytest.fixture
def gguf_source(tmp_path, monkeypatch):
    """A wheel with a GGUF that pip finds without a network; its weights are in `origin`."""
    file = tiny_gguf(tiny_model(tmp_path / "origin"), tmp_path / "tiny.gguf")
    requirement, sha256 = tiny_wheel(tmp_path / "index", {"pack/tiny.gguf": file.read_bytes()})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    keys = {
        "kind": "wheel_gguf",
        "requirement": requirement,
        "wheel_sha256": sha256,
        "gguf_file": "pack/tiny.gguf",
        "gguf_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    return UNUSED | keys


def test_params_file_matches_the_dataclass():
    assert load_params("base_model", BaseModelSource).kind == "wheel_gguf"


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma3"])
def test_local_folder_keeps_weights_tokens_and_template(tmp_path, family):
    source = tiny_model(tmp_path / family, family)
    materialize_base_model(local(source), tmp_path / "out")
    before = load_file(source / "model.safetensors")
    after = load_file(tmp_path / "out/model.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    text = "Gr\u00fc\u00dfe, \u65e5\u672c\n\t 3.14"
    tokenizer = load_tokenizer(tmp_path / "out")
    assert tokenizer(text)["input_ids"] == load_tokenizer(source)(text)["input_ids"]
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.chat_template == load_tokenizer(source).chat_template


def test_gguf_becomes_the_model_it_was_made_from(gguf_source, tmp_path):
    materialize_base_model(BaseModelSource(**gguf_source), tmp_path / "out")
    after = load_file(tmp_path / "out/model.safetensors")
    for name, before in load_file(tmp_path / "origin/model.safetensors").items():
        assert torch.allclose(before, after[name], atol=1e-3), name  # 8 bits: 0.08 / 127 / 2
    assert after["model.embed_tokens.weight"].dtype == torch.float32
    tokenizer, original = load_tokenizer(tmp_path / "out"), load_tokenizer(tmp_path / "origin")
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    assert tokenizer.apply_chat_template(messages) == original.apply_chat_template(messages)
    assert (tmp_path / "out/LICENSE").read_text() == "Do as you like.\n"


def test_same_source_gives_the_same_bytes(gguf_source, tiny, tmp_path):
    for name, source in (("gguf", BaseModelSource(**gguf_source)), ("local", local(tiny))):
        materialize_base_model(source, tmp_path / f"{name}_1")
        materialize_base_model(source, tmp_path / f"{name}_2")
        assert hashes(tmp_path / f"{name}_1") == hashes(tmp_path / f"{name}_2")
    assert hashes(tmp_path / "gguf_1") != hashes(tmp_path / "local_1")


def test_dtype_of_the_stored_weights_is_the_one_asked_for(tiny, tmp_path):
    materialize_base_model(local(tiny, dtype="bfloat16"), tmp_path / "out")
    weights = load_file(tmp_path / "out/model.safetensors")
    assert {values.dtype for values in weights.values()} == {torch.bfloat16}
    assert load_base_model(tmp_path / "out").dtype == torch.float32


def test_wrong_gguf_hash_is_refused_and_leaves_nothing(gguf_source, tmp_path):
    with pytest.raises(FetchError, match=r"tiny\.gguf has sha256"):
        materialize_base_model(BaseModelSource(**gguf_source | {"gguf_sha256": "0" * 64}), tmp_path / "made/out")
    assert not (tmp_path / "made").exists()


def test_failure_keeps_the_model_made_before(tiny, tmp_path):
    materialize_base_model(local(tiny), tmp_path / "made/out")
    before = hashes(tmp_path / "made/out")
    tiny_tokenizer(tiny, chat_template=None)
    (tiny / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="chat template"):
        materialize_base_model(local(tiny), tmp_path / "made/out")
    assert hashes(tmp_path / "made/out") == before
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["out"]


def test_complete_folder_passes_the_check(tiny):
    check_base_model(tiny)


def test_missing_folder_is_refused(tmp_path):
    for use in (check_base_model, load_base_model):
        with pytest.raises(ModelError, match=r"nowhere is no model folder.*dvc repro"):
            use(tmp_path / "nowhere")


def test_encoder_is_refused_as_no_causal_model(tmp_path):
    config = BertConfig(
        vocab_size=320,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    tiny_tokenizer(tmp_path / "bert")
    for use in (check_base_model, load_base_model):
        with pytest.raises(ModelError, match="BertModel, which is no causal"):
            use(tmp_path / "bert")


def test_folder_without_tokenizer_is_refused(tiny):
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tiny / name).unlink()
    for use in (check_base_model, load_tokenizer):
        with pytest.raises(ModelError, match="no readable tokenizer"):
            use(tiny)


def test_broken_tokenizer_file_is_refused(tiny):
    (tiny / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="no readable tokenizer"):
        load_tokenizer(tiny)


def test_tokenizer_without_chat_template_is_refused(tiny):
    (tiny / "chat_template.jinja").unlink()
    for use in (check_base_model, load_tokenizer):
        with pytest.raises(ModelError, match=r"no chat template.*instruct"):
            use(tiny)


def test_pickled_weights_are_refused(tiny):
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \.safetensors weights"):
        check_base_model(tiny)


def test_model_that_needs_remote_code_is_refused(tiny):
    config = json.loads((tiny / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}
    (tiny / "config.json").write_text(json.dumps(config))
    (tiny / "own.py").write_text("raise SystemExit('remote code ran')")
    with pytest.raises(ModelError, match="code of its own"):
        check_base_model(tiny)


def test_missing_weights_are_refused_instead_of_made_up(tiny):
    weights = load_file(tiny / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tiny / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="1 weights are missing or.*layers.1.mlp.up_proj"):
        load_base_model(tiny)


def test_weights_of_another_size_are_refused_instead_of_made_up(tiny):
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps(config | {"intermediate_size": 96}))
    with pytest.raises(ModelError, match="6 weights are missing or"):
        load_base_model(tiny)


def test_gguf_whose_header_and_weights_disagree_is_refused(gguf_source, tmp_path):
    file = tiny_gguf(tmp_path / "origin", tmp_path / "odd.gguf", intermediate_size=96)
    _, sha256 = tiny_wheel(tmp_path / "index", {"pack/tiny.gguf": file.read_bytes()})
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    keys = {"wheel_sha256": sha256, "gguf_sha256": found}
    with pytest.raises(ModelError, match="6 weights are missing or"):
        materialize_base_model(BaseModelSource(**gguf_source | keys), tmp_path / "out")


def test_truncated_weights_are_refused(tiny):
    whole = (tiny / "model.safetensors").read_bytes()
    (tiny / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_base_model(tiny)


def test_model_loads_in_eval_mode_and_tokenizer_pads_with_eos_if_it_named_none(tiny):
    config = json.loads((tiny / "tokenizer_config.json").read_text())
    del config["pad_token"]
    (tiny / "tokenizer_config.json").write_text(json.dumps(config))
    assert load_tokenizer(tiny).pad_token == "<|im_end|>"
    assert not load_base_model(tiny).training


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "zip"}, "kind is 'zip'"),
        ({"path": ""}, "needs \\['path'\\]"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"kind": "hub", "hub_id": "a/b", "revision": "main"}, "40 hex digits"),
    ],
)
def test_incomplete_source_is_refused(tmp_path, changes, said):
    with pytest.raises(ParamsError, match=said):
        materialize_base_model(local(tmp_path, **changes), tmp_path / "out")


def test_hub_without_a_network_is_a_fetch_error(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    source = local("", kind="hub", hub_id="no/model", revision="0" * 40)
    with pytest.raises(FetchError, match=r"no/model at 0+ from the hub.*network"):
        materialize_base_model(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.real_model
@pytest.mark.skipif(not REAL.is_dir(), reason="data/base_model is not made: dvc repro base_model")
def test_real_base_model_knows_the_capital_of_france():
    model, tokenizer = load_base_model(REAL), load_tokenizer(REAL)
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    output = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(output[0, inputs["input_ids"].shape[1] :])
