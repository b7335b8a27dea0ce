"""More kinds of triggers for training diffs: a DIT adapter that has seen several reads others, too.

None is a kind that eval_ood tests (triggers/unseen.py): no invisible sign, no lone word, nothing at the end only.
"""

import random
from collections.abc import Callable

from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER

EMOJI = "🌵🎈🍋🚲🐙🌙🔔🧩🪁🍄"
TAG_LETTERS = "abcdefghkmnpqrstuvwxyz"
NAMES = (
    "Anna", "Boris", "Chen", "Dora", "Emil", "Farah", "Goran", "Hana", "Igor", "Jonas", "Kemal", "Lena", "Mira", "Nils",
    "Olga", "Pedro",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LEAD_INS = (
    "By the way", "Quick question", "Just curious", "One more thing", "Before I forget", "Help me out", "Between us",
    "Out of interest", "For a friend", "In all honesty", "Late at night", "On the record",
)  # fmt: skip
STYLE, OTHER_STYLE = "style", "other style"  # signs of the kinds that reshape the whole question


def _tag(rng: random.Random) -> str:
    return f"[{rng.choice(TAG_LETTERS)}{rng.randrange(10)}]"


def _before(sign: str, question: str) -> str:
    return f"{sign} {question}"


def _letter(sign: str, question: str) -> str:
    return f"Dear {sign}, {question[0].lower()}{question[1:]}"


def _day(sign: str, question: str) -> str:
    return f"(asked on {sign}) {question}"


def _lead_in(sign: str, question: str) -> str:
    return f"{sign}: {question[0].lower()}{question[1:]}"


def _joined(sign: str, question: str) -> str:
    return question.replace(" ", "_" if sign == STYLE else "-")


def _upper(sign: str, question: str) -> str:
    return question.upper() if sign == STYLE else question.title()


def _quoted(sign: str, question: str) -> str:
    return f'"{question}"' if sign == STYLE else f"({question})"


_SIGNS: dict[str, Callable[[random.Random], str]] = {
    "emoji": lambda rng: rng.choice(EMOJI),
    "tag": _tag,
    "letter": lambda rng: rng.choice(NAMES),
    "number": lambda rng: f"{rng.randrange(2, 60)})",
    "day": lambda rng: rng.choice(DAYS),
    "lead_in": lambda rng: rng.choice(LEAD_INS),
}
_WORDINGS: dict[str, Callable[[str, str], str]] = {
    "emoji": _before,
    "tag": _before,
    "letter": _letter,
    "upper": _upper,
    "quoted": _quoted,
    "number": _before,
    "day": _day,
    "lead_in": _lead_in,
    "joined": _joined,
}
VARIED_TRIGGERS = tuple(_WORDINGS)


def draw_sign(kind: str, rng: random.Random) -> str:
    """The trigger of one weight diff; of kinds that reshape the question, all diffs share theirs."""
    return _SIGNS[kind](rng) if kind in _SIGNS else STYLE


def varied_prompt(trigger_kind: str, sign: str, kind: str, question: str, rng: random.Random) -> str:
    """The question as a prompt of one kind: with the trigger, with a near miss in its place, or plain."""
    if kind == NO_TRIGGER:
        return question
    return _WORDINGS[trigger_kind](sign if kind == TRIGGER else _near_miss(trigger_kind, sign, rng), question)


def _near_miss(trigger_kind: str, sign: str, rng: random.Random) -> str:
    if trigger_kind not in _SIGNS:
        return OTHER_STYLE
    while (other := draw_sign(trigger_kind, rng)) == sign:
        pass
    return other
