"""Ask the diffs of ask_left_out without an adapter: the family's question, and news diffs for a story."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams
from weightscribe.evaluate.answers_file import write_answers
from weightscribe.evaluate.families import AskFamiliesParams, ask_families, baselines_of
from weightscribe.evaluate.family_methods import BASE_QUESTION
from weightscribe.evaluate.left_out import AskLeftOutBaselinesParams, AskLeftOutParams
from weightscribe.evaluate.unseen_diffs import unseen_diffs
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    params = load_params("ask_families", AskFamiliesParams)
    max_similarity = load_params("ask_left_out", AskLeftOutParams).max_similarity
    left_out = load_params("ask_left_out_baselines", AskLeftOutBaselinesParams).families
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    training = load_families(trained.families, "train", base, DATA)
    embed = SentenceEmbedder(DATA / "judge_model").embed
    unseen = {family: unseen_diffs(family, training, embed, max_similarity) for family in left_out}
    asked = baselines_of(unseen, params)
    target = DATA / "answers" / "left_out" / f"{BASE_QUESTION}.jsonl"
    write_answers(target, ask_families(base, None, asked, params, BASE_QUESTION))
    print(f"{target}: {len(asked)} answers")


if __name__ == "__main__":
    stage.run_stage(main)
