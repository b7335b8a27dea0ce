"""The judge's encoder folder holds what transformers reads, with the pinned weights, or nothing."""

import hashlib

import pytest
from tiny import tiny_wheel

from weightscribe.errors import FetchError, ModelError, ParamsError
from weightscribe.models.judge_model import JudgeModelSource, materialize_judge_model
from weightscribe.params import load_params

ENCODER = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "tokenizer.json": b"{}",
    "tokenizer_config.json": b"{}",
    "vocab.txt": b"a\n",
}
EXTRA = {"pack/model/data_config.json": b"{}", "pack/model/pytorch_model.bin": b"pickle"}
WEIGHTS_SHA256 = hashlib.sha256(b"weights").hexdigest()


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Keys of a source whose wheel pip finds without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    files = {f"pack/model/{name}": content for name, content in ENCODER.items()}
    requirement, sha256 = tiny_wheel(tmp_path / "index", files | EXTRA)
    return {
        "kind": "wheel",
        "requirement": requirement,
        "wheel_sha256": sha256,
        "folder": "pack/model",
        "weights_sha256": WEIGHTS_SHA256,
        "path": "",
    }


def test_params_file_matches_the_dataclass():
    assert load_params("judge_model", JudgeModelSource).kind == "wheel"


def test_wheel_gives_the_encoder_and_its_licence_only(source, tmp_path):
    materialize_judge_model(JudgeModelSource(**source), tmp_path / "out")
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert found == ENCODER | {"LICENSE": b"Do as you like.\n"}


def test_wrong_weights_are_refused_and_leave_nothing(source, tmp_path):
    with pytest.raises(FetchError, match="model.safetensors has sha256"):
        materialize_judge_model(JudgeModelSource(**source | {"weights_sha256": "0" * 64}), tmp_path / "made/out")
    assert not (tmp_path / "made").exists()


def test_wheel_without_the_folder_is_refused(source, tmp_path):
    with pytest.raises(FetchError, match="holds no 'other/config.json'"):
        materialize_judge_model(JudgeModelSource(**source | {"folder": "other"}), tmp_path / "out")


@pytest.mark.parametrize("sha256", ["", WEIGHTS_SHA256])
def test_local_folder_is_copied(source, tmp_path, sha256):
    folder = tmp_path / "local"
    folder.mkdir()
    for name, content in ENCODER.items():
        (folder / name).write_bytes(content)
    keys = source | {"kind": "local_folder", "path": str(folder), "weights_sha256": sha256}
    materialize_judge_model(JudgeModelSource(**keys), tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == ENCODER


def test_incomplete_local_folder_is_refused(source, tmp_path):
    keys = source | {"kind": "local_folder", "path": str(tmp_path)}
    with pytest.raises(ModelError, match="lacks.*config.json"):
        materialize_judge_model(JudgeModelSource(**keys), tmp_path / "out")


@pytest.mark.parametrize("changes", [{"kind": "zip"}, {"folder": ""}])
def test_incomplete_source_is_refused(source, tmp_path, changes):
    with pytest.raises(ParamsError, match="judge_model.kind"):
        materialize_judge_model(JudgeModelSource(**source | changes), tmp_path / "out")
