"""Whether an answer is the target, letter for letter but for its dress.

Dress is case, quotes, punctuation, markdown marks, spacing and a leading article. Symbols that
carry meaning stay: "C++" is not "C". Of an answer only the first line counts: upstream's models
often name the topic and then go on about it in a new paragraph. Of the 103 exact matches among
the published topic grades 102 got a 5; the other is "The Longing" (a film) for "Longing".
"""

import re
import unicodedata

_APOSTROPHES = re.compile(r"[’'ʼ]")
_LEADING_ARTICLE = re.compile(r"^(?:the|an?) (?=\S)")
_MEANINGFUL = frozenset("#%&@")  # punctuation to Unicode, but "C#" is not "C"


def first_line(answer: str) -> str:
    """First line of `answer` that is not blank, without surrounding space; "" if there is none."""
    return next((line.strip() for line in answer.splitlines() if line.strip()), "")


def normalize(text: str) -> str:
    """`text` without case, punctuation, repeated spaces or leading article; may be empty."""
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    words = "".join(" " if _is_punctuation(character) else character for character in text)
    return _LEADING_ARTICLE.sub("", " ".join(words.split()))


def exact_match(target: str, answer: str) -> bool:
    """Whether the first line of `answer` is `target` after `normalize`.

    A target of punctuation alone ("...") is compared as it stands.
    """
    answer, target = first_line(answer), target.strip()
    if normalize(target):
        return normalize(answer) == normalize(target)
    return bool(target) and answer == target


def _is_punctuation(character: str) -> bool:
    if character in _MEANINGFUL:
        return False
    return character == "`" or unicodedata.category(character).startswith("P")
