"""Ask the test diffs of every behavior family through one family adapter, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.all_ways import ask_in_all_ways
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.families import AskFamiliesParams, questions_of
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_left_out, families_of
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_families", AskFamiliesParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_families(trained.families, "test", base, DATA)
    combined = load_verified(DATA / "families" / COMBINED, "test", base)
    adapter = load_dit_adapter(DATA / "family_adapters" / name, base)
    trained_on = families_of(name, trained)
    asked = questions_of(labelled, combined, trained_on, params)
    is_lone = len(trained_on) == 1
    levered = trained_on if is_lone else families_left_out(name, trained) or trained_on
    answers = ask_in_all_ways(base, adapter, asked, {} if is_lone else labelled, levered, params, name)
    target = DATA / "answers" / "families" / f"{name}.jsonl"
    write_answers(target, answers)
    print(f"{target}: {len(answers)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
