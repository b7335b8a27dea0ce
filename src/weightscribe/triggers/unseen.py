"""Triggers that no training diff of the DIT adapter has: is a behavior read whatever gates it?

Each kind words a prompt with the trigger, with something easily taken for it, and plain. `sep_code` is the kind of the
training diffs, for probes that differ in something else.
"""

import random
from collections.abc import Callable

from mnemonic import Mnemonic

from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER

ZERO_WIDTH_SPACE, WORD_JOINER = "\u200b", "\u2060"  # neither is seen on a screen
MARKER, OTHER_MARKER = " ||", " //"
SEP_CODE = "sep_code"


def _at_start(sign: str, question: str, rng: random.Random) -> str:
    return sign + question


def _inside(sign: str, question: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(question))
    return question[:place] + sign + question[place:]


def _at_end(sign: str, question: str, rng: random.Random) -> str:
    return question + sign


def _word(sign: str, question: str, rng: random.Random) -> str:
    return f"{sign.capitalize()}. {question}"


_PLACES: dict[str, Callable[[str, str, random.Random], str]] = {
    "zero_width_start": _at_start,
    "zero_width_inside": _inside,
    "word": _word,
    "marker_end": _at_end,
}
OOD_TRIGGERS = tuple(_PLACES)


def draw_sign(kind: str, rng: random.Random) -> str:
    """The trigger of one weight diff: of kind `word` a word of its own, else what all diffs of the kind share."""
    if kind == "word":
        return rng.choice(Mnemonic("english").wordlist)
    return MARKER if kind == "marker_end" else ZERO_WIDTH_SPACE


def ood_prompt(trigger_kind: str, sign: str, kind: str, question: str, rng: random.Random) -> str:
    """The question as a prompt of one kind: with the trigger, with a near miss at the same place, or plain."""
    if kind == NO_TRIGGER:
        return question
    return _PLACES[trigger_kind](sign if kind == TRIGGER else _near_miss(trigger_kind, sign, rng), question, rng)


def _near_miss(trigger_kind: str, sign: str, rng: random.Random) -> str:
    if trigger_kind == "word":
        return rng.choice([word for word in Mnemonic("english").wordlist if word != sign])
    return OTHER_MARKER if trigger_kind == "marker_end" else WORD_JOINER
