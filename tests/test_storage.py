"""What stands under a final name is whole: the new content, or still the old one."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from peft import LoraConfig
from safetensors import SafetensorError

from weightscribe.errors import DataFileError, StorageError
from weightscribe.lora import peft_io
from weightscribe.storage import read_jsonl, replacing, write_json, write_jsonl


def disk_full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail_halfway(target):
    with replacing(target) as temporary:
        temporary.write_text("half")
        raise KeyError("stop")


def test_a_file_takes_its_place_at_the_end_and_not_before(tmp_path):
    target = tmp_path / "new/folder/file"
    with replacing(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert os.listdir(target.parent) == ["file"]


def test_a_folder_replaces_a_folder_and_nothing_of_the_old_one_stays(tmp_path):
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with replacing(target) as temporary:
            temporary.mkdir()
            (temporary / name).write_text(name)
    assert os.listdir(target) == ["new"]
    assert os.listdir(tmp_path) == ["folder"]


def test_a_file_replaces_a_folder_and_a_folder_a_file(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    with replacing(target) as temporary:
        temporary.write_text("file")
    assert target.read_text() == "file"


@pytest.mark.parametrize("old", [None, "old"])
def test_an_error_in_the_block_passes_through_and_leaves_the_old_content(tmp_path, old):
    target = tmp_path / "file"
    if old:
        target.write_text(old)
    with pytest.raises(KeyError, match="stop"):
        fail_halfway(target)
    assert [path.read_text() for path in tmp_path.iterdir()] == ([old] if old else [])


def test_a_linked_target_is_replaced_and_never_written_through(tmp_path):
    """DVC may hard link or symlink outputs to its cache: writing through would damage the cache."""
    cached = tmp_path / "cached"
    for number, link in enumerate((os.link, os.symlink)):
        cached.write_text("cached")
        target = tmp_path / f"linked_{number}"
        link(cached, target)
        write_json(target, {"new": True})
        assert cached.read_text() == "cached"
        assert "new" in target.read_text()
        assert not target.is_symlink()


def test_a_full_disk_at_the_rename_is_a_storage_error_and_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "file.json"
    write_json(target, 1)
    monkeypatch.setattr(os, "replace", disk_full)
    with pytest.raises(StorageError, match=r"file\.json: No space left on device.*Free some"):
        write_json(target, 2)
    assert target.read_text() == "1\n"
    assert os.listdir(tmp_path) == ["file.json"]


def interrupted(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("fails", "error"), [(disk_full, StorageError), (interrupted, KeyboardInterrupt)])
def test_a_full_disk_or_an_interrupt_at_the_rename_leaves_the_old_folder(tmp_path, monkeypatch, fails, error):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").write_text("old")
    monkeypatch.setattr(os, "replace", fails)

    def replace_folder():
        with replacing(target) as temporary:
            temporary.mkdir()

    with pytest.raises(error):
        replace_folder()
    assert (target / "old").read_text() == "old"
    assert os.listdir(tmp_path) == ["folder"]


def disk_full_at_a_copy(source, target):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source), None, str(target))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (
            lambda other, own: other.read_text(),
            DataFileError,
            "other, needed for .*target: No such.*Make it again",
        ),
        (lambda other, own: shutil.copytree(other, own), DataFileError, "other, needed for .*target: No such file"),
        (lambda other, own: (own / "below").write_text(""), StorageError, "Cannot write .*target: No such file"),
        (disk_full_at_a_copy, StorageError, "Cannot write .*target: No space left"),
    ],
)
def test_a_file_that_is_not_the_target_is_named(tmp_path, monkeypatch, act, error, message):
    monkeypatch.chdir(tmp_path)  # names may be relative

    def write():
        with replacing(Path("target")) as temporary:
            act(Path("other"), temporary)

    with pytest.raises(error, match=message):
        write()
    assert not any(tmp_path.iterdir())


def test_a_full_disk_while_writing_is_a_storage_error(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "write_text", disk_full)
    with pytest.raises(StorageError, match="No space left on device"):
        write_jsonl(tmp_path / "rows.jsonl", [{}])
    assert not any(tmp_path.iterdir())


def test_a_full_disk_while_tensors_are_written_is_a_storage_error(tmp_path, monkeypatch):
    def disk_full(*_, **__):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(peft_io, "save_file", disk_full)
    with pytest.raises(StorageError, match=r"adapter: Error while serializing.*No space left.*Free some"):
        peft_io.save_adapter(tmp_path / "adapter", {}, LoraConfig(), peft_io.BaseIdentity("base", "0" * 64))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": ', r"rows\.jsonl, line 2 is no JSON"),
        ('{"a": 1}\n{"a": "é'.encode()[:-1], r"rows\.jsonl, line 2 is no text"),
        (None, r"rows\.jsonl cannot be read: No such file"),
    ],
)
def test_a_line_cut_short_and_a_missing_file_are_named(tmp_path, content, message):
    if content:
        (tmp_path / "rows.jsonl").write_bytes(content)
    with pytest.raises(DataFileError, match=message):
        read_jsonl(tmp_path / "rows.jsonl")


def test_a_target_below_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Cannot write beside"):
        write_json(tmp_path / "file/below.json", 1)


def test_json_has_the_same_bytes_whatever_the_order_of_keys(tmp_path):
    write_json(tmp_path / "a", {"b": 1, "a": [1.5, None]})
    write_json(tmp_path / "b", {"a": [1.5, None], "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_rows_read_back_in_order_with_line_breaks_and_other_scripts(tmp_path):
    rows = [{"b": 'line\nbreak "quoted"', "a": 1}, {"text": "été 日本"}, {}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert read_jsonl(tmp_path / "rows.jsonl") == rows
    assert list(read_jsonl(tmp_path / "rows.jsonl")[0]) == ["b", "a"]


def test_rows_with_unicode_line_separators_read_back(tmp_path):
    rows = [{"text": "one\u2028two\u0085three\u000cfour"}]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    assert read_jsonl(tmp_path / "rows.jsonl") == rows
