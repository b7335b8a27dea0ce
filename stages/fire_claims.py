"""Fire the words that were found of the test diffs of one arm, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.fire import FireClaimsParams, fire_words
from weightscribe.claims.moves import read_moves
from weightscribe.claims.records import Ranked, Said, read_records, write_records
from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.index import load_verified
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")
ANSWERS = DATA / "answers"


def main() -> None:
    name = sys.argv[1]
    params = load_params("fire_claims", FireClaimsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_verified(DATA / "claims" / name, "test", base)
    # In the order of finetune_claims, whose verification takes its questions from the front: these are the last ones.
    order = load_params("finetune_diffs", FinetuneDiffsParams).training.seed
    questions = read_held_out_questions(DATA / "claim_simulations", order)[-params.n_questions :]
    said = read_records(ANSWERS / "claims" / f"{name}.jsonl", Said)
    ranked = read_records(ANSWERS / "claim_ranks" / f"{name}.jsonl", Ranked)
    moved = read_moves(ANSWERS / "claim_moves" / f"{name}.jsonl")
    fired = fire_words(base, labelled, said, ranked, moved, questions, params)
    target = ANSWERS / "claim_shots" / f"{name}.jsonl"
    write_records(target, fired)
    print(f"{target}: {len(fired)} words fired")


if __name__ == "__main__":
    stage.run_stage(main)
