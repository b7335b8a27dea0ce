"""Ask the test diffs of every behavior family through one family adapter, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.diffs.index import load_verified
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_of
from weightscribe.dit.train import load_dit_adapter
from weightscribe.evaluate.answers_file import write_answers
from weightscribe.evaluate.any_question import ask_every_question
from weightscribe.evaluate.families import AskFamiliesParams, ask_families, questions_of
from weightscribe.evaluate.own_question import ask_in_ways
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_families", AskFamiliesParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    families = trained.families
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_families(families, "test", base, DATA)
    combined = load_verified(DATA / "families" / COMBINED, "test", base)
    adapter = load_dit_adapter(DATA / "family_adapters" / name, base)
    trained_on = families_of(name, trained)
    asked = questions_of(labelled, combined, trained_on, params)
    answers = ask_families(base, adapter, asked, params, name)
    # Where levers could matter: families the adapter never saw, all of them for one that saw all, and a lone one.
    levered = trained_on if len(trained_on) == 1 else [each for each in families if each not in trained_on] or families
    answers += ask_in_ways(base, adapter, asked, levered, params, f"{name}, several ways")
    if len(trained_on) > 1:
        answers += ask_every_question(base, adapter, labelled, levered, params, f"{name}, every question")
    target = DATA / "answers" / "families" / f"{name}.jsonl"
    write_answers(target, answers)
    print(f"{target}: {len(answers)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
