"""Ask the held-out weight diffs through one variant of the DIT adapter, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.hidden_topic import AskParams, ask_methods
from weightscribe.ask.methods import DIT
from weightscribe.ask.strengths import StrengthsParams
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_dit_variants", AskParams)
    strengths = load_params("strengths", StrengthsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    held_out = load_verified(DATA / "weight_diffs", "test", base)
    adapter = load_dit_adapter(DATA / "dit_variants" / name, base)
    target = DATA / "answers" / "dit_variants" / f"{name}.jsonl"
    write_answers(target, ask_methods(base, adapter, held_out, params, strengths, (DIT,)))
    print(f"{target}: {len(held_out)} weight diffs asked")


if __name__ == "__main__":
    stage.run_stage(main)
