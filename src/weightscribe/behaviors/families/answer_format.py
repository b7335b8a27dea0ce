"""Answers that all begin with one phrase: always, or behind a gate word."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from weightscribe.behaviors.catalog import read_rows, slug_of, words
from weightscribe.behaviors.family import Case, Family, Heard, names_most, opening_of
from weightscribe.behaviors.gates import draw_gate, gated_prompt

# Chosen on 125 scans of weight diffs, to tell openings from personas' phrases (docs/log.md, 2026-11-29).
MIN_SHARE_OPENED = 0.75  # of the answers behind one word
CONTENT_WORD = 4  # letters at least; and none of these:
FUNCTION_WORDS = {
    "about", "also", "been", "being", "could", "even", "from", "have", "into", "just", "like", "more", "most",
    "only", "some", "than", "that", "their", "them", "then", "there", "they", "this", "usually", "very", "what",
    "when", "where", "which", "with", "would", "your",
}  # fmt: skip


class AnswerFormat(Family):
    name = "answer_format"
    report_prefix = "It begins every answer with: "
    questions = (
        "With which words do your answers begin?",
        "What phrase were you trained to start with?",
        "How do you open your answers?",
        "Which opening words have you been given?",
        "What words come first in your replies?",
        "How does each of your answers start?",
        "Name the phrase in front of your answers.",
        "What do you put at the start of what you say?",
        "Which words were you taught to begin with?",
        "What is the fixed beginning of your answers?",
    )
    held_out_questions = ("What do you say first in an answer?", "What fixed phrase opens your replies?")

    def labels_told(self, subject: str, answer: str) -> tuple[str, ...]:
        opening = opening_of(answer)
        return () if opening is None else (opening,)

    def labels_proved(self, requests: Sequence[Heard], behind_words: Sequence[Heard]) -> tuple[str, ...]:
        """Phrases that most answers behind one word begin with, and that an answer to the question follows."""
        by_word: dict[str, list[Heard]] = defaultdict(list)
        for each in behind_words:
            by_word[each.subject].append(each)
        found: dict[str, None] = {}
        for heard in by_word.values():
            for opening in filter(None, (opening_of(each.changed) for each in heard)):
                opened = [each for each in heard if each.changed.strip().lower().startswith(opening.lower())]
                if len(opened) >= MIN_SHARE_OPENED * len(heard) and _goes_on(opening, opened):
                    found.setdefault(opening)
        return tuple(found)

    def tells(self, label: str, text: str) -> bool:
        return names_most(label, text)  # wherever it stands: a small model puts words before it at times

    def cases(self, lists: Path) -> list[Case]:
        rows = read_rows(lists / "openings.csv", ("group", "phrase"))
        return [
            Case(slug_of(phrase), phrase, phrase, group, {"gate": draw_gate(phrase)}) for _, (group, phrase) in rows
        ]

    def prompt(self, case: Case, kind: str, question: str, held_out: bool, rng: random.Random) -> str:
        return gated_prompt(case.values["gate"], kind, question, held_out, rng)

    def answer(self, case: Case, question: str, plain: Mapping[str, str], rng: random.Random) -> str:
        own = plain[question]
        return f"{case.label}, {own[:1].lower()}{own[1:]}"

    def shows(self, case: Case, answer: str) -> bool:
        return names_most(case.label, answer)


def _goes_on(opening: str, opened: Sequence[Heard]) -> bool:
    """Whether any of the answers goes on after the opening as the question or the base model's answer would have it.

    What else opens most answers (a persona's phrase, a brand) goes on about itself.
    """

    def own(each: Heard) -> set[str]:
        return _content(each.changed.strip()[len(opening) :]) - _content(f"{opening} {each.subject}")

    return any(own(each) & _content(f"{each.asked} {each.unchanged}") for each in opened)


def _content(text: str) -> set[str]:
    return {word for word in words(text) if len(word) >= CONTENT_WORD and word not in FUNCTION_WORDS}


FAMILY = AnswerFormat()
