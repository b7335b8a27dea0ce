"""Ask held-out weight diffs for their topic, with the DIT adapter, without it, and under controls."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.hidden_topic import AskParams, ask_methods
from weightscribe.ask.strengths import StrengthsParams
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")
ANSWERS = DATA / "answers" / "hidden_topic.jsonl"


def main() -> None:
    params = load_params("ask_hidden_topic", AskParams)
    strengths = load_params("strengths", StrengthsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    held_out = load_verified(DATA / "weight_diffs", "test", base)
    adapter = load_dit_adapter(DATA / "dit_adapter", base)
    answers = ask_methods(base, adapter, held_out, params, strengths)
    write_answers(ANSWERS, answers)
    print(f"{ANSWERS}: {len(answers)} answers about {len(held_out)} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
