"""Ask the test diffs of every behavior family without an adapter: the family's question, and news diffs for a story."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.families import AskFamiliesParams, ask_families, baselines_of
from weightscribe.ask.family_methods import BASE_QUESTION
from weightscribe.base import load_base
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    params = load_params("ask_families", AskFamiliesParams)
    families = load_params("train_family_adapters", TrainFamilyAdaptersParams).families
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    asked = baselines_of(load_families(families, "test", base, DATA), params)
    target = DATA / "answers" / "families" / f"{BASE_QUESTION}.jsonl"
    write_answers(target, ask_families(base, None, asked, params, BASE_QUESTION))
    print(f"{target}: {len(asked)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
