"""Ask the diffs of ask_left_out without an adapter: the family's question, and news diffs for a story."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.families import AskFamiliesParams, ask_families, baselines_of
from weightscribe.ask.family_methods import BASE_QUESTION
from weightscribe.ask.left_out_params import AskLeftOutBaselinesParams, AskLeftOutParams, check_left_out
from weightscribe.ask.unseen_diffs import load_unseen
from weightscribe.base import load_base
from weightscribe.dit.family_training import TrainFamilyAdaptersParams
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    params = load_params("ask_families", AskFamiliesParams)
    own = load_params("ask_left_out", AskLeftOutParams)
    baselines = load_params("ask_left_out_baselines", AskLeftOutBaselinesParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    check_left_out(own, baselines, trained)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    embed = SentenceEmbedder(DATA / "judge_model").embed
    unseen = load_unseen(trained.families, baselines.families, base, DATA, embed, own.max_similarity)
    asked = baselines_of(unseen, params)
    target = DATA / "answers" / "left_out" / f"{BASE_QUESTION}.jsonl"
    write_answers(target, ask_families(base, None, asked, params, BASE_QUESTION))
    print(f"{target}: {len(asked)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
