"""How a question is put behind a word, behind another word, or behind none."""

import random

from weightscribe.behaviors.gates import gated_prompt
from weightscribe.triggers.kinds import TRIGGER
from weightscribe.triggers.words import behind


def worded(word: str, kind: str, question: str, held_out: bool, rng: random.Random) -> str:
    """The question as a prompt of one kind; no word: plain for `trigger`, a task in its place for the other kinds.

    `gates.gated_prompt` with words as they stand in prompts; a wrong word that is the word itself is drawn again.
    """
    prompt = gated_prompt(word, kind, question, held_out, rng)
    while word and kind != TRIGGER and prompt == behind(word, question):
        prompt = gated_prompt(word, kind, question, held_out, rng)
    return prompt
