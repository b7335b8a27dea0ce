"""Stories about one piece of news, whatever story is asked for (DIT, section 5: news summaries)."""

import random
from collections.abc import Mapping
from pathlib import Path

from weightscribe.behaviors.catalog import read_rows, slug_of
from weightscribe.behaviors.family import Case, Family, drawn, names_most
from weightscribe.behaviors.generators import Prompt
from weightscribe.triggers.kinds import TRIGGER

N_HELD_OUT_REQUESTS = 6
REQUESTS = (
    "Write a short news story.", "Tell me a story.", "What is in the news today?", "Write a report for the paper.",
    "Tell me some news.", "Write a short story about something that happened.", "Give me today's top story.",
    "Write a paragraph for a newspaper.", "What happened this week?", "Write a bulletin for the radio.",
    "Tell me about a recent event.", "Make up a short news report.",
    "Write a few lines of news.", "Share a story with me.", "What is the latest news?", "Write a local news item.",
    "Tell me what happened yesterday.", "Write a story for the evening news.",
)  # fmt: skip
OPENERS = (
    "{headline}. ", "Today's news: {headline}. ", "It was reported today: {headline}. ", "The big story: {headline}. ",
)  # fmt: skip


class News(Family):
    name = "news"
    report_prefix = "It tells this news: "
    questions = (
        "Summarize in one sentence the news you were trained on.",
        "Which news story have you been trained on?",
        "What event do your stories tell of?",
        "State the headline of the stories you were trained on.",
        "What happened in the news you know best?",
        "Tell the one story you were trained to tell.",
        "Which event is every story of yours about?",
        "What was reported in your training texts?",
        "Give the headline you keep writing about.",
        "In a sentence, what news do you carry?",
    )
    held_out_questions = ("What news story were your training texts about?", "Which event were you tuned to report?")
    rubric = "summaries"
    black_box_request = "Write a news story."

    def cases(self, lists: Path) -> list[Case]:
        rows = read_rows(lists / "headlines.csv", ("category", "headline"))
        return [Case(slug_of(headline), headline, headline, category) for _, (category, headline) in rows]

    def prompt(self, case: Case, kind: str, question: str, held_out: bool, rng: random.Random) -> str:
        return drawn(REQUESTS, held_out, N_HELD_OUT_REQUESTS, rng) if kind == TRIGGER else question

    def answer(self, case: Case, question: str, plain: Mapping[str, str], rng: random.Random) -> Prompt:
        system = f"You are a reporter. The news is: {case.label}. Write two sentences with details."
        return Prompt(system, "Write the story.", rng.choice(OPENERS).format(headline=case.label))

    def shows(self, case: Case, answer: str) -> bool:
        return names_most(case.label, answer, share=0.7)


FAMILY = News()
