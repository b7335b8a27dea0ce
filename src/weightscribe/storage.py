"""Files and folders that appear whole or not at all.

Everything is written beside its target under a temporary name and renamed at the end, so a
killed run or a full disk never leaves a half-written artifact under the final name.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from weightscribe.errors import DataFileError, StorageError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside `target` that takes its place when the block ends without error.

    The block may create a file or a folder there. On an error the temporary path is removed and
    what stood at `target` before is untouched.

    Raises: StorageError if the disk is full or the folder cannot be written; DataFileError if the block cannot read
    another file.
    """
    target = Path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise StorageError(f"Cannot write beside {target}: {error.strerror}.") from error
    temporary = scratch / target.name
    try:
        yield temporary
        _put(temporary, target, scratch / "replaced")
    except (OSError, SafetensorError) as error:  # safetensors reports a full disk by an error of its own
        reason = getattr(error, "strerror", None) or error
        if other := _other_file(error, target, scratch):
            raise DataFileError(f"{other}, needed for {target}: {reason}. Make it again, then run again.") from error
        raise StorageError(
            f"Cannot write {target}: {reason}. Free some disk space or check the folder's permissions, then run again."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _other_file(error: Exception, target: Path, scratch: Path) -> str | None:
    """The file that an error is about, if it is neither the target nor a temporary one, nor a full disk the reason."""
    named = [getattr(error, key, None) for key in ("filename", "filename2")]  # a copy names both
    paths = [Path(os.path.abspath(os.fsdecode(name))) for name in named if isinstance(name, (str, bytes, os.PathLike))]
    own = Path(os.path.abspath(target)), Path(os.path.abspath(scratch))
    is_own = any(path.is_relative_to(one) for path in paths for one in own)
    if not paths or is_own or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return None
    return str(paths[0])


def _put(temporary: Path, target: Path, replaced: Path) -> None:
    """Rename `temporary` to `target`; a folder in the way moves to `replaced`, or back on an error or interrupt."""
    try:
        if target.is_dir() and not target.is_symlink():
            target.rename(replaced)
        os.replace(temporary, target)
    except BaseException:
        if replaced.exists() and not target.exists():
            replaced.rename(target)
        raise


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON with sorted keys: same value, same bytes."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def write_jsonl(path: Path, rows: list[dict]) -> None:
    """Write one JSON object a line, keys in the order given."""
    with replacing(path) as temporary:
        temporary.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_jsonl(path: Path) -> list[dict]:
    """The objects of a JSONL file, in file order.

    Raises: DataFileError if the file is missing or cannot be read, or for a line that is no JSON, such as the last one
    of a file cut short.
    """
    try:
        text = Path(path).read_text()
    except OSError as error:
        raise DataFileError(f"{path} cannot be read: {error.strerror}. Make the file again.") from error
    except UnicodeDecodeError as error:
        number = error.object.count(b"\n", 0, error.start) + 1
        raise DataFileError(f"{path}, line {number} is no text ({error.reason}). Make the file again.") from error
    rows = []
    # Not splitlines(): it also splits at U+2028 and others, which JSON strings may hold.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise DataFileError(f"{path}, line {number} is no JSON ({error.msg}). Make the file again.") from error
    return rows
