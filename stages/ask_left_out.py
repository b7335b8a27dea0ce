"""Ask more diffs of the family that an adapter, named on the command line, never saw."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.all_ways import ask_in_all_ways
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.families import AskFamiliesParams, questions_about_families
from weightscribe.ask.left_out_params import AskLeftOutBaselinesParams, AskLeftOutParams, check_left_out
from weightscribe.ask.unseen_diffs import load_unseen
from weightscribe.base import load_base
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_left_out, families_of
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_families", AskFamiliesParams)
    own = load_params("ask_left_out", AskLeftOutParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    check_left_out(own, load_params("ask_left_out_baselines", AskLeftOutBaselinesParams), trained)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    left_out = families_left_out(name, trained)
    embed = SentenceEmbedder(DATA / "judge_model").embed
    unseen = load_unseen(trained.families, left_out, base, DATA, embed, own.max_similarity)
    adapter = load_dit_adapter(DATA / "family_adapters" / name, base)
    asked = questions_about_families(unseen, families_of(name, trained), params)
    labelled = {family: unseen.get(family, []) for family in trained.families}
    answers = ask_in_all_ways(base, adapter, asked, labelled, left_out, params, name)
    target = DATA / "answers" / "left_out" / f"{name}.jsonl"
    write_answers(target, answers)
    print(f"{target}: {len(answers)} answers about {', '.join(f'{len(d)} {f}' for f, d in unseen.items())} diffs")


if __name__ == "__main__":
    stage.run_stage(main)
