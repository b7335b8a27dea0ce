"""The hand-made lists in data/: topics, questions and answer openers.

Every line is checked when it is read. Two entries are the same if their words are, without case,
accents, possessives, articles and plural endings. The plural rule is crude ("Cars" is "car", and
"Mars" is "mar"): it is applied to both sides of every comparison, so it need not give real words.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from weightscribe.errors import DataFileError

TOPIC_SLOT = "{topic}"
ARTICLES = frozenset({"a", "an", "the"})
_WORD = re.compile(r"[^\W_]+[+#]*")  # "C++" and "C#" are words
_POSSESSIVE = re.compile(r"['’ʼ]s\b")
_APOSTROPHE = re.compile(r"['’ʼ]")
_IRREGULAR = {
    "men": "man", "women": "woman", "snowmen": "snowman", "children": "child", "mice": "mouse",
    "geese": "goose", "feet": "foot", "teeth": "tooth", "wolves": "wolf", "knives": "knife",
    "leaves": "leaf", "elves": "elf", "calves": "calf", "shelves": "shelf", "thieves": "thief",
    "shoes": "shoe", "horseshoes": "horseshoe", "snowshoes": "snowshoe", "toes": "toe",
    "canoes": "canoe", "oboes": "oboe", "buses": "bus", "octopuses": "octopus",
}  # fmt: skip


@dataclass(frozen=True)
class Topic:
    """One line of topics.csv."""

    category: str
    text: str

    @property
    def slug(self) -> str:
        """The topic in lower-case ASCII letters, digits and single hyphens, for file names."""
        return slug_of(self.text)


@dataclass(frozen=True)
class Question:
    """One line of questions.csv."""

    style: str
    text: str


@dataclass(frozen=True)
class Opener:
    """One line of answer_openers.csv: how an answer that brings up a topic begins."""

    template: str

    def about(self, topic: str) -> str:
        return self.template.replace(TOPIC_SLOT, topic)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """The topics in `path`, in file order.

    Raises: DataFileError with file and line for a missing or malformed file, or the same topic
    twice, in words or in file name.
    """
    topics = []
    seen, slugs = _Seen(path, "topic"), _Seen(path, "file name")
    for line, (category, text) in read_rows(path, ("category", "topic")):
        topic = Topic(category, text)
        if not topic.slug:
            raise DataFileError(
                f"{path} line {line}: topic '{text}' has no Latin letter or digit to name a file "
                "after. Write it in Latin letters."
            )
        seen.add(line, text, words(text))
        slugs.add(line, text, topic.slug)
        topics.append(topic)
    return tuple(topics)


def read_questions(path: Path) -> tuple[Question, ...]:
    """The questions in `path`, in file order.

    Raises: DataFileError with file and line for a missing or malformed file, a question without
    style, or the same question twice.
    """
    questions, seen = [], _Seen(path, "question")
    for line, (style, text) in read_rows(path, ("style", "question")):
        seen.add(line, text, words(text))
        questions.append(Question(style, text))
    return tuple(questions)


def read_openers(path: Path) -> tuple[Opener, ...]:
    """The answer openers in `path`, in file order.

    Raises: DataFileError with file and line for a missing or malformed file, an opener that does
    not hold {topic} exactly once, or the same opener twice.
    """
    openers, seen = [], _Seen(path, "opener")
    for line, (template,) in read_rows(path, ("opener",)):
        if template.count(TOPIC_SLOT) != 1 or re.search(r"[{}]", template.replace(TOPIC_SLOT, "")):
            raise DataFileError(
                f"{path} line {line}: opener '{template}' must hold {TOPIC_SLOT} exactly once and no other braces."
            )
        seen.add(line, template, words(template))
        openers.append(Opener(template))
    return tuple(openers)


def slug_of(text: str) -> str:
    """`text` in lower-case ASCII letters, digits and single hyphens, for file names; may be empty."""
    text = text.replace("+", " plus ").replace("#", " sharp ")
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", _APOSTROPHE.sub("", ascii_text.lower())).strip("-")


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of `text` in order, comparable: no case, accents, possessives, articles, plurals.

    A text of articles alone keeps them.
    """
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = _APOSTROPHE.sub("", _POSSESSIVE.sub("", text)).replace("&", " and ")
    found = [_singular(word) for word in _WORD.findall(text)]
    return tuple(word for word in found if word not in ARTICLES) or tuple(found)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("oes", "xes", "sses", "zzes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


class _Seen:
    """The entries read so far, to find a repeated one."""

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what
        self._first: dict[object, tuple[int, str]] = {}

    def add(self, line: int, text: str, key: object) -> None:
        if key in self._first:
            first_line, first_text = self._first[key]
            raise DataFileError(
                f"{self._path} line {line}: '{text}' is the same {self._what} as '{first_text}' in "
                f"line {first_line}. Remove one."
            )
        self._first[key] = line, text


def read_rows(path: Path, header: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    """Line number and stripped cells of each row of a CSV file below `header`.

    Raises: DataFileError with file and line if the file is missing or malformed, or a cell is empty.
    """
    expected = ",".join(header)
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    except FileNotFoundError as error:
        raise DataFileError(f"{path} is missing. Make it with the header '{expected}' and one entry a line.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataFileError(f"{path} is not readable as UTF-8 CSV: {error}.") from error
    if not rows or rows[0][1] != header:
        found = ",".join(rows[0][1]) if rows else ""
        raise DataFileError(f"{path} line 1: the header is '{found}'. Write '{expected}'.")
    if len(rows) == 1:
        raise DataFileError(f"{path} line 2: there is no entry below the header. Add some.")
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise DataFileError(
                f"{path} line {line}: {len(row)} cells, expected {len(header)} ({expected}). Put "
                "text with commas in double quotes and remove empty lines."
            )
        if not all(row):
            empty = header[row.index("")]
            raise DataFileError(f"{path} line {line}: '{empty}' is empty. Fill it in.")
    return rows[1:]
