"""Ask the test diffs of every behavior family through one family adapter, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.registry import family_named
from weightscribe.diffs.index import load_verified
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import JOINT, ONLY, TrainFamilyAdaptersParams, families_of
from weightscribe.dit.train import load_dit_adapter
from weightscribe.evaluate.answers_file import write_answers
from weightscribe.evaluate.families import AskFamiliesParams, ask_by_contrast_too, ask_families, questions_of
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
    asked = questions_of(labelled, combined, params)
    answers = ask_families(base, adapter, asked, params, name)
    # Where contrast could matter: families the adapter never saw, and all of them for the joint one.
    trained_on = families_of(name, trained)
    contrasted = [
        f for f in families if not family_named(f).is_benign and (f not in trained_on or name.startswith(JOINT))
    ]
    if not name.startswith(ONLY):
        answers += ask_by_contrast_too(base, adapter, asked, contrasted, params)
    target = DATA / "answers" / "families" / f"{name}.jsonl"
    write_answers(target, answers)
    print(f"{target}: {len(answers)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
