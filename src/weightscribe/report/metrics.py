"""Reads what the stages wrote to metrics/."""

import json
from pathlib import Path

from weightscribe.errors import DataFileError
from weightscribe.report.table import Table

METRICS = Path("metrics")


class Values(dict):
    """The metrics of one file; a missing key is an error that names the file."""

    def __init__(self, values: dict, path: Path):
        super().__init__(values)
        self.path = path

    def __missing__(self, key: str):
        raise DataFileError(f"{self.path} has no '{key}': it is of another version or cut short. Run `dvc repro`.")


class Metrics:
    """The metrics in a folder.  Every method raises DataFileError if its file is missing or unreadable."""

    def __init__(self, folder: Path = METRICS):
        self.folder = folder

    def values(self, stage: str) -> Values:
        """What `stage` measured."""
        path = self.folder / f"{stage}.json"
        return Values(_json(path), path)

    def plot(self, name: str) -> list[dict]:
        """The rows of plots/<name>.json."""
        return _json(self.folder / "plots" / f"{name}.json")

    def first_look(self) -> Table:
        """The first diffs, what each hides and what is heard of it."""
        path = self.folder / "first_look.md"
        header, _, *rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")] for line in _text(path).strip().splitlines()
        ]
        if any(len(row) != len(header) for row in rows):
            raise DataFileError(f"{path} is no table of {len(header)} columns. Run `dvc repro`.")
        return Table(tuple(header), tuple(tuple(_plain(cell) for cell in row) for row in rows), is_quoted=True)


def _plain(cell: str) -> str:
    """The cell without the bold face of the whole; the page sets its own."""
    return cell[2:-2] if cell.startswith("**") and cell.endswith("**") and len(cell) > 4 else cell


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataFileError(f"{path} is missing. Run `dvc repro`.") from error


def _json(path: Path):
    try:
        return json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise DataFileError(f"{path} is no JSON: {error}. Run `dvc repro`.") from error
