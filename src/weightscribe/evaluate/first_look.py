"""The README's first table: what each of the first diffs hides, and what is heard of it."""

from weightscribe.ask.methods import BASE_QUESTION, DIT
from weightscribe.evaluate.grading import Graded


def first_look(graded: list[Graded], n_rows: int = 12) -> str:
    """A Markdown table of the first diffs: hidden topic, answer without the adapter, DIT answer and its score."""
    plain = {row.diff: row for row in graded if row.method == BASE_QUESTION}
    lines = [
        "| hidden topic | asked without the adapter | the DIT adapter says | score |",
        "|---|---|---|---|",
    ]
    for row in [row for row in graded if row.method == DIT][:n_rows]:
        score = "unscored" if row.score is None else f"{row.score:.1f}"
        cells = (row.target, plain[row.diff].answer, f"**{_cell(row.answer)}**", score)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())
