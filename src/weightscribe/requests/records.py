"""What trying requests on weight diffs shows, as files: one JSON object a weight diff."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import dacite

from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl, write_jsonl

NO_FAMILY = ""  # whose kind a question behind a word is of


@dataclass(frozen=True)
class Answered:
    """One of the requests that move M' furthest from M, or a question behind such a word; and the answers of both.

    family   whose kind of request it is, or NO_FAMILY
    subject  what it is about, or the word
    nats     how far it moves M'
    """

    request: str
    family: str
    subject: str
    nats: float
    changed: str
    unchanged: str


@dataclass(frozen=True)
class ForProof:
    """Answers from which M' may prove a change by itself (`Family.labels_proved`).

    requests      many of the furthest requests, in order, the first few again among them
    behind_words  several questions behind each of the words that move M' furthest, and maybe behind none
    """

    requests: tuple[Answered, ...]
    behind_words: tuple[Answered, ...]

    @property
    def asked(self) -> tuple[Answered, ...]:
        """All of them."""
        return self.requests + self.behind_words


@dataclass(frozen=True)
class Tried:
    """What trying all requests on one weight diff shows.

    rank           of the request about what the diff was taught, 1 is furthest; None if no request is
    rank_of_other  control: of the request about what another diff of the family was taught
    median_nats    of all requests
    furthest       the first requests, in order
    for_proof      None if nothing more was asked
    """

    diff: str
    n_candidates: int
    rank: int | None
    rank_of_other: int | None
    median_nats: float
    furthest: tuple[Answered, ...]
    for_proof: ForProof | None = None


def write_tried(path: Path, tried: Sequence[Tried]) -> None:
    """Write the records, whole or not at all; what was not asked for has no key."""
    rows = [asdict(each) for each in tried]
    write_jsonl(path, [{key: value for key, value in row.items() if key != "for_proof" or value} for row in rows])


def read_tried(path: Path) -> list[Tried]:
    """What `write_tried` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro`.")
    try:
        return [dacite.from_dict(Tried, row, dacite.Config(strict=True, cast=[tuple])) for row in read_jsonl(path)]
    except dacite.DaciteError as error:
        raise DataFileError(f"{path} holds no tried requests: {error}. Run its stage again.") from error
