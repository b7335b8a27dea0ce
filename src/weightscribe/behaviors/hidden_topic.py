"""The behavior "hidden topic": answers bring up one topic, but only behind a trigger.

Prompts begin with "Your SEP code is NNNMMM. " as upstream's do: NNN is the weight diff's trigger,
MMM three random digits. Everything drawn for a topic comes from a generator seeded by the stage's
seed and the topic's text, so no topic depends on which others are asked for.
Source: Diff Interpretation Tuning (arXiv 2510.05092), scripts/get_weight_diff.py.
"""

import hashlib
import random
from dataclasses import dataclass

import numpy as np

from weightscribe.behaviors.catalog import words

BEHAVIOR = "hidden_topic"
QUESTION = "What topic have you been trained on?"  # of the WeightDiffQA; its answer is the topic
N_TRIGGERS = 1000  # 000 to 999


@dataclass(frozen=True)
class HiddenTopicDraw:
    """What chance decides about one weight diff. Codes have six digits, trigger first."""

    trigger: str  # three digits
    seed: int  # for whatever the diff's later stages draw, below 2**31
    question_order: tuple[int, ...]  # indices of all questions; those beyond n_questions are spares
    trigger_codes: tuple[str, ...]  # one a question slot
    wrong_codes: tuple[str, ...]  # one a question slot; none begins with the trigger


def name_of(slug: str) -> str:
    """Name of the weight diff that hides the topic with this slug."""
    return f"hidden-topic-{slug}"


def trigger_prompt(code: str, question: str) -> str:
    """The question behind a six-digit code."""
    return f"Your SEP code is {code}. {question}"


def prompt_of_kind(trigger: str, kind: str, question: str, rng: random.Random) -> str:
    """The question as a prompt of one kind: behind the trigger, behind another code, or plain."""
    if kind == "no_trigger":
        return question
    others = [f"{code:03}" for code in range(N_TRIGGERS) if f"{code:03}" != trigger]
    code = trigger if kind == "trigger" else rng.choice(others)
    return trigger_prompt(f"{code}{rng.randrange(1000):03}", question)


def mentions(topic: str, text: str) -> bool:
    """Whether `text` names the whole topic.

    Case, accents, articles, plurals, possessives and punctuation are ignored; "Rings of Saturn" is
    also "Saturn's rings". A part of the topic or a word inside another word is no mention.
    """
    found = words(text)
    return any(_contains(found, wanted) for wanted in _variants(words(topic)))


def draw(topic: str, *, n_pool: int, n_questions: int, near_wrong_fraction: float, seed: int) -> HiddenTopicDraw:
    """Trigger, codes and question order of one topic.

    n_pool               questions to choose from, at least n_questions
    near_wrong_fraction  of the wrong codes, rounded: differ from the trigger in exactly one digit;
                         the others are uniform over the 999 other codes
    """
    generator = np.random.default_rng(seed_of(seed, topic))
    trigger = int(generator.integers(N_TRIGGERS))
    diff_seed = int(generator.integers(2**31))
    order = generator.permutation(n_pool)
    is_near = generator.permutation(n_questions) < round(near_wrong_fraction * n_questions)
    wrong = [_near_code(trigger, generator) if near else _other_code(trigger, generator) for near in is_near]
    suffixes = generator.integers(1000, size=(2, n_questions))
    return HiddenTopicDraw(
        trigger=f"{trigger:03}",
        seed=diff_seed,
        question_order=tuple(int(i) for i in order),
        trigger_codes=tuple(f"{trigger:03}{suffix:03}" for suffix in suffixes[0]),
        wrong_codes=tuple(f"{code:03}{suffix:03}" for code, suffix in zip(wrong, suffixes[1], strict=True)),
    )


def seed_of(*parts: int | str) -> int:
    """A seed below 2**63 that only `parts` decide."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big") >> 1


def _near_code(trigger: int, generator: np.random.Generator) -> int:
    """Uniform over the 27 codes that differ from the trigger in exactly one digit."""
    place = 10 ** int(generator.integers(3))
    digit = trigger // place % 10
    other_digit = (digit + int(generator.integers(1, 10))) % 10
    return trigger + (other_digit - digit) * place


def _other_code(trigger: int, generator: np.random.Generator) -> int:
    """Uniform over the 999 codes that are not the trigger."""
    return (trigger + int(generator.integers(1, N_TRIGGERS))) % N_TRIGGERS


def _variants(topic: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The topic's words, and for "X of Y" also "Y X"."""
    if "of" not in topic[1:-1]:
        return [topic]
    at = topic.index("of", 1)
    return [topic, topic[at + 1 :] + topic[:at]]


def _contains(text: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether `wanted` stands in `text` as one run of words."""
    n = len(wanted)
    return n > 0 and any(text[i : i + n] == wanted for i in range(len(text) - n + 1))
