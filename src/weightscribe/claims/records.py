"""What is asked, ranked and fired about triggers, as files: one JSON object a weight diff, or a fired word."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import dacite

from weightscribe.errors import DataFileError
from weightscribe.judge.exact import exact_match, normalize
from weightscribe.storage import read_jsonl, write_jsonl
from weightscribe.trigger_search.fired import Fired
from weightscribe.triggers.words import NO_WORD


@dataclass(frozen=True)
class Said:
    """What an adapter says of one weight diff.

    trigger             the true word; "" if the topic comes up behind anything
    said                the adapter's greedy answer; said_by_contrast is decoded from M' + A against M + A
    said_of_other_diff  control: the same question about another diff; said_of_no_diff: about the base model
    """

    diff: str
    topic: str
    trigger: str
    said: str
    said_by_contrast: str
    said_of_other_diff: str
    said_of_no_diff: str
    said_topic: str


@dataclass(frozen=True)
class Ranked:
    """Where the true word stands among all candidates, 1 is best; None without a true word.

    rank          by evidence, how much the diff raises it as the adapter's answer; rank_of_other_diff by another's
    rank_as_user  by how much likelier the diff alone makes it at the start of a user's text
    first_...     the best candidate either way
    """

    diff: str
    n_candidates: int
    rank: int | None
    rank_of_other_diff: int | None
    rank_as_user: int | None
    first_by_evidence: str
    first_as_user: str


def says_word(answer: str) -> bool:
    """Whether an answer names a trigger at all."""
    return bool(normalize(answer)) and not exact_match(NO_WORD, answer)


def is_right(said: Said) -> bool:
    """Whether the adapter's answer is the true word."""
    return exact_match(said.trigger, said.said)


Record = TypeVar("Record", Said, Ranked, Fired)


def write_records(path: Path, records: Sequence[Said | Ranked | Fired]) -> None:
    """Write the records, whole or not at all."""
    write_jsonl(path, [asdict(record) for record in records])


def read_records(path: Path, kind: type[Record]) -> list[Record]:
    """The records of one kind that `write_records` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro`.")
    try:
        return [dacite.from_dict(kind, row, dacite.Config(strict=True, cast=[tuple])) for row in read_jsonl(path)]
    except dacite.DaciteError as error:
        raise DataFileError(f"{path} does not hold records of this kind: {error}. Run its stage again.") from error
