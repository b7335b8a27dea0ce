"""Answers of every method on disk, one JSON object a line: an `ask_...` stage writes, an `eval_...` stage grades.

Asking is kept apart from grading, so that another judge grades the same answers again and asks nothing.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl, write_jsonl


@dataclass(frozen=True)
class Answer:
    """One method's answer about one weight diff.

    target    the true answer; None where nothing notable changed
    evidence  log-likelihood of the answer under M' + A minus that under M + A, natural log, summed over its tokens;
              None for methods without the adapter
    """

    method: str
    diff: str
    target: str | None
    answer: str
    evidence: float | None = None


def write_answers(path: Path, answers: list[Answer]) -> None:
    """Write the answers, whole or not at all."""
    write_jsonl(path, [asdict(answer) for answer in answers])


def read_answers(path: Path) -> list[Answer]:
    """The answers that `write_answers` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro`.")
    try:
        return [Answer(**row) for row in read_jsonl(path)]
    except TypeError as error:
        raise DataFileError(f"{path} does not hold answers: {error}. Run the stage that makes it again.") from error
