"""Files and folders that appear whole or not at all.

Everything is written beside its target under a temporary name and renamed at the end, so a
killed run or a full disk never leaves a half-written artifact under the final name.
"""

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

    Raises: StorageError if the disk is full or the folder cannot be written.
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
        raise StorageError(
            f"Cannot write {target}: {getattr(error, 'strerror', None) or error}. "
            "Free some disk space or check the folder's permissions, then run again."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put(temporary: Path, target: Path, replaced: Path) -> None:
    """Rename `temporary` to `target`; a folder in the way moves to `replaced`, or back on error."""
    is_in_the_way = target.is_dir() and not target.is_symlink()
    if is_in_the_way:
        target.rename(replaced)
    try:
        os.replace(temporary, target)
    except OSError:
        if is_in_the_way:
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

    Raises: DataFileError for a line that is no JSON, such as the last one of a file cut short.
    """
    rows = []
    # Not splitlines(): it also splits at U+2028 and others, which JSON strings may hold.
    for number, line in enumerate(Path(path).read_text().split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise DataFileError(f"{path}, line {number} is no JSON ({error.msg}). Make the file again.") from error
    return rows
