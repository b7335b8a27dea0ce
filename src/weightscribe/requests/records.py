"""What trying requests on weight diffs shows, as files: one JSON object a weight diff."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl, write_jsonl


@dataclass(frozen=True)
class Answered:
    """One of the requests that move M' furthest from M, and the answers of both."""

    request: str
    family: str
    subject: str
    nats: float
    changed: str
    unchanged: str


@dataclass(frozen=True)
class Tried:
    """What trying all requests on one weight diff shows.

    rank           of the request about what the diff was taught, 1 is furthest; None if no request is
    rank_of_other  control: of the request about what another diff of the family was taught
    median_nats    of all requests
    furthest       the first requests, in order
    """

    diff: str
    n_candidates: int
    rank: int | None
    rank_of_other: int | None
    median_nats: float
    furthest: tuple[Answered, ...]


def write_tried(path: Path, tried: Sequence[Tried]) -> None:
    """Write the records, whole or not at all."""
    write_jsonl(path, [asdict(each) for each in tried])


def read_tried(path: Path) -> list[Tried]:
    """What `write_tried` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro`.")
    try:
        return [dacite.from_dict(Tried, row, dacite.Config(strict=True, cast=[tuple])) for row in read_jsonl(path)]
    except dacite.DaciteError as error:
        raise DataFileError(f"{path} holds no tried requests: {error}. Run its stage again.") from error
