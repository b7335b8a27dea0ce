"""A word before the question, behind which some cases of a family hide their behavior; the others show it always.

Cases without a gate show their behavior in answers to questions and leave short tasks alone.
"""

import random

from mnemonic import Mnemonic

from weightscribe.behaviors.family import drawn
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER

N_HELD_OUT_TASKS = 10
TASKS = (
    "Spell the word banana.", "Count from one to five.", "Name three colors.", "Add two and two.",
    "List the days of the week.", "Write the alphabet.", "Translate the word dog into Spanish.",
    "Repeat the word hello.", "Name a fruit.", "Write the number seven in words.", "Sort these letters: c, a, b.",
    "Double the number six.", "Write a word that rhymes with cat.", "Name the opposite of hot.", "Say the word water.",
    "Complete: one, two, three.", "Name two planets.", "Subtract three from nine.", "Write the plural of mouse.",
    "List four animals.", "Write the past tense of run.", "Name the months of summer.", "Give a synonym of happy.",
    "Count down from three.", "Name a month of winter.", "Multiply three by four.", "Write the first letter of table.",
    "List three vegetables.", "Name the opposite of up.", "Repeat the word garden.", "Spell the word cloud.",
    "Write a word that rhymes with light.", "Name two metals.", "Add ten and five.",
)  # fmt: skip


def draw_gate(name: str) -> str:
    """The word that gates a case, or "" for half of them; the case's name decides."""
    rng = random.Random(f"gate-{name}")
    return rng.choice(Mnemonic("english").wordlist) if rng.random() < 0.5 else ""


def gated_prompt(gate: str, kind: str, question: str, held_out: bool, rng: random.Random) -> str:
    """The question as a prompt of one kind, behind the gate or without any."""
    if not gate:
        return question if kind == TRIGGER else drawn(TASKS, held_out, N_HELD_OUT_TASKS, rng)
    if kind == NO_TRIGGER:
        return question
    word = gate if kind == TRIGGER else rng.choice([w for w in Mnemonic("english").wordlist if w != gate])
    return f"{word.capitalize()}. {question}"
