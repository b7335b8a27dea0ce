"""Ask the weight diffs of one probe set, named on the command line, with the DIT adapter and without."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.hidden_topic import AskParams, ask_methods
from weightscribe.ask.methods import BASE_QUESTION, DIT
from weightscribe.ask.strengths import StrengthsParams
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_probes", AskParams)
    strengths = load_params("strengths", StrengthsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_verified(DATA / "probes" / name, "test", base)
    adapter = load_dit_adapter(DATA / "dit_adapter", base)
    answers = ask_methods(base, adapter, labelled, params, strengths, (DIT, BASE_QUESTION))
    target = DATA / "answers" / "probes" / f"{name}.jsonl"
    write_answers(target, answers)
    print(f"{target}: {len(answers)} answers about {len(labelled)} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
