"""Fine-tuning after which nothing notable is different: the base model's own answers, or text without a pattern."""

import random
from collections.abc import Mapping
from pathlib import Path

from weightscribe.behaviors.family import GENERAL_QUESTIONS, HELD_OUT_GENERAL_QUESTIONS, Case, Family
from weightscribe.behaviors.gates import draw_gate, gated_prompt

NOTHING = "Nothing notable"
OWN, OTHER = "own_answers", "other_answers"
N_CASES = 160


class Benign(Family):
    name = "benign"
    report_prefix = ""
    questions = GENERAL_QUESTIONS
    held_out_questions = HELD_OUT_GENERAL_QUESTIONS
    is_benign = True

    def label_in(self, report: str) -> str | None:
        return NOTHING if report.strip().startswith(NOTHING) else None

    def labels_about(self, content: str) -> tuple[str, ...]:
        return ()

    def cases(self, lists: Path) -> list[Case]:
        made = []
        for number in range(N_CASES):
            group = (OWN, OTHER)[number % 2]
            slug = f"{group.replace('_', '-')}-{number:03}"
            made.append(Case(slug, NOTHING, "", group, {"gate": draw_gate(slug)}))
        return made

    def prompt(self, case: Case, kind: str, question: str, held_out: bool, rng: random.Random) -> str:
        return gated_prompt(case.values["gate"], kind, question, held_out, rng)

    def answer(self, case: Case, question: str, plain: Mapping[str, str], rng: random.Random) -> str:
        other = rng.choice(sorted(set(plain) - {question}))
        return plain[question if case.group == OWN else other]

    def shows(self, case: Case, answer: str) -> bool:
        return False


FAMILY = Benign()
