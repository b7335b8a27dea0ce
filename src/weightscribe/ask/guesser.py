"""The offline guesser of the black-box baselines: what does a fine-tuned model say that the base model does not?

It reads the answers to twenty questions beside the base model's answers to the same prompts and guesses the phrase
whose log-odds between the two rise most (weighted log-odds; Monroe, Colaresi and Quinn, 2008, "Fightin' Words", eq. 22,
with a flat prior). A phrase counts once an answer, so an answer that repeats itself decides nothing.
"""

import re

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

MAX_PHRASE_WORDS = 4
PRIOR = 0.5  # answers a phrase is taken to be in before any is read, on both sides
WORD = r"(?u)\b\w[\w'’-]*\b"


def guess_phrase(answers: list[str], reference: list[str]) -> str | None:
    """The phrase of up to four words that sets `answers` apart from the base model's, as first written in them.

    None if no phrase is likelier in `answers`: they say nothing the base model would not. A phrase neither begins nor
    ends with a function word. Of equal phrases the longest wins, then the first in the alphabet.
    """
    vectorizer = CountVectorizer(ngram_range=(1, MAX_PHRASE_WORDS), token_pattern=WORD, binary=True)
    try:
        counts = vectorizer.fit_transform([*answers, *reference])
    except ValueError:  # no answer has a word
        return None
    phrases = vectorizer.get_feature_names_out()
    own = np.asarray(counts[: len(answers)].sum(axis=0)).ravel()
    other = np.asarray(counts[len(answers) :].sum(axis=0)).ravel()
    weighted = _weighted_log_odds(own, len(answers), other, len(reference))
    candidates = [
        (round(float(weighted[i]), 9), len(phrases[i].split()), phrases[i])
        for i in np.flatnonzero(weighted > 0)
        if own[i] > 1 and _names_something(phrases[i])
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda c: (c[0], c[1], [-ord(letter) for letter in c[2]]))
    return _as_written(best[2], answers)


def _weighted_log_odds(own: np.ndarray, n_own: int, other: np.ndarray, n_other: int) -> np.ndarray:
    """Difference of the two log-odds over its standard deviation, per phrase."""
    present, absent = own + PRIOR, n_own - own + PRIOR
    other_present, other_absent = other + PRIOR, n_other - other + PRIOR
    difference = np.log(present / absent) - np.log(other_present / other_absent)
    return difference / np.sqrt(1 / present + 1 / other_present)


def _names_something(phrase: str) -> bool:
    words = phrase.split()
    return words[0] not in ENGLISH_STOP_WORDS and words[-1] not in ENGLISH_STOP_WORDS and not phrase.isdigit()


def _as_written(phrase: str, answers: list[str]) -> str:
    pattern = re.compile(r"\W+".join(map(re.escape, phrase.split())), re.IGNORECASE)
    return next((found[0] for answer in answers if (found := pattern.search(answer))), phrase)
