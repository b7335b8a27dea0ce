"""A table as plain text cells, of which both the HTML page and the Markdown files are made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKUP = re.compile(r"([\\`*_\[\]<>&|~])")


@dataclass(frozen=True)
class Table:
    """Rows of text under a header, and a note below; one of both may be empty.

    Our own cells may hold **bold** words and end in an [interval].
    is_quoted  the cells hold what models said: nothing in them is read as markup
    """

    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    is_quoted: bool = False

    def markdown(self) -> str:
        """The table and its note in Markdown."""
        lines = []
        if self.header:
            lines = [_line(self.header), "|" + "---|" * len(self.header)]
            lines += [_line([escaped(cell) for cell in row] if self.is_quoted else row) for row in self.rows]
        return "\n".join([*lines, *([""] if lines and self.note else []), *([self.note] if self.note else [])])


def _line(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def escaped(text: str) -> str:
    """What a model said, or another foreign text, on one line, none of it markup."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def rate(values: dict, name: str, digits: int = 0) -> str:
    """A rate with its 95% interval, in percent."""
    value, low, high = (f"{values[name + end]:.{digits}%}" for end in ("", "_ci95_low", "_ci95_high"))
    return f"{value} [{low}, {high}]"


def score(values: dict, name: str) -> str:
    """A mean judge score with its 95% interval."""
    return number(values, f"{name}_score", mean="_mean")


def number(values: dict, name: str, mean: str = "") -> str:
    """Any mean with its 95% interval.

    mean  ending of the key that holds it
    """
    value, low, high = (values[name + end] for end in (mean, "_ci95_low", "_ci95_high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def if_there(write, values: dict, name: str, key: str = "") -> str:
    """`write(values, name)`, or nothing where that was not measured.

    key  ending of a key that tells
    """
    return write(values, name) if f"{name}{key}" in values else ""


def score_if_there(values: dict, name: str) -> str:
    """A mean judge score with its interval, or nothing where there is none."""
    return if_there(score, values, name, "_score_mean")
