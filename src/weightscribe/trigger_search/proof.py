"""Does firing a word prove that it is a trigger?

It does if answers show one thing behind the word, and neither behind other words, nor behind none, nor in the base
model's answers behind the same word: what any model says behind "Chess. Why?" is no change. The thing is either the
topic that the adapter stated, or a phrase that sets the answers apart: then the adapter need not know the topic.
Phrases are looked for in the answers to every second question; both are judged by the others. A thing that the word
names itself proves nothing: a model may take up "Chess" because it was said.

The black-box guesser would find the phrase worse (37 training diffs: 18 proofs against 27, docs/log.md): it weighs how
sure a difference is, and is surer of "clear", in 12 of 12 answers and 4 of 36 others, than of a topic in 9 and none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from weightscribe.ask.guesser import MAX_PHRASE_WORDS, WORD
from weightscribe.behaviors.hidden_topic import mentions
from weightscribe.trigger_search.fired import Fired

FIND, PROVE = slice(0, None, 2), slice(1, None, 2)  # of the questions


@dataclass(frozen=True)
class ProofRule:
    """When a word counts as a trigger.

    min_rate          of answers behind it must show the thing
    max_rate_without  of answers behind others, behind none, and of the base model's behind it, each, may
    n_phrases         are tried, those that set one half of the answers apart most
    """

    min_rate: float
    max_rate_without: float
    n_phrases: int


def brings_up(text: str, fired: Fired, rule: ProofRule) -> bool:
    """Whether the word, and it alone, brings up `text`, which it does not name itself."""

    def rate(answers: Sequence[str]) -> float:
        asked = answers[PROVE]
        return sum(mentions(text, answer) for answer in asked) / max(1, len(asked))

    if mentions(text, fired.word) or mentions(fired.word, text):
        return False
    without = (fired.behind_others, fired.plain, fired.base_behind)
    return rate(fired.behind) >= rule.min_rate and max(map(rate, without)) <= rule.max_rate_without


def phrase_brought_up(fired: Fired, rule: ProofRule) -> str | None:
    """The first phrase that the word, and it alone, brings up, if there is one."""
    word = re.compile(rf"\b{re.escape(fired.word)}\b", re.IGNORECASE)

    def read(answers: Sequence[str]) -> list[str]:
        return [word.sub(" ", answer) for answer in answers[FIND]]

    elsewhere = [text for answers in (fired.behind_others, fired.plain, fired.base_behind) for text in read(answers)]
    phrases = telling_phrases(read(fired.behind), elsewhere)[: rule.n_phrases]
    return next((phrase for phrase in phrases if brings_up(phrase, fired, rule)), None)


def telling_phrases(answers: Sequence[str], elsewhere: Sequence[str]) -> list[str]:
    """Phrases of up to four words in two `answers` at least, by how much larger their share there is than elsewhere.

    None begins or ends with a function word. Of equal phrases the longest comes first, then the first in the alphabet.
    """
    vectorizer = CountVectorizer(ngram_range=(1, MAX_PHRASE_WORDS), token_pattern=WORD, binary=True)
    try:
        found = vectorizer.fit_transform([*answers, *elsewhere])
    except ValueError:  # no answer has a word
        return []
    own, other = (np.asarray(part.sum(axis=0)).ravel() for part in (found[: len(answers)], found[len(answers) :]))
    phrases = vectorizer.get_feature_names_out()
    by_rank = sorted(
        (other[place] / len(elsewhere) - own[place] / len(answers), -phrases[place].count(" "), phrases[place])
        for place in np.flatnonzero(own > 1)
        if not {phrases[place].split()[0], phrases[place].split()[-1]} & ENGLISH_STOP_WORDS
    )
    return [_as_written(phrase, answers) for _, _, phrase in by_rank]


def _as_written(phrase: str, answers: Sequence[str]) -> str:
    pattern = re.compile(r"\W+".join(map(re.escape, phrase.split())), re.IGNORECASE)
    return next((found[0] for answer in answers if (found := pattern.search(answer))), phrase)
