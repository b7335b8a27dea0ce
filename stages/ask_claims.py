"""Ask the adapter of one arm, named on the command line, for the trigger of its test diffs; fire what it says."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.ask import AskClaimsParams, make_claims
from weightscribe.claims.score import is_right, write_claims_file
from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.index import load_verified
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.dit.train import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_claims", AskClaimsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_verified(DATA / "claims" / name, "test", base)
    adapter = load_dit_adapter(DATA / "claim_adapters" / name, base)
    # In the order of finetune_claims, whose verification takes its questions from the front: these are the last ones.
    order = load_params("finetune_diffs", FinetuneDiffsParams).training.seed
    questions = read_held_out_questions(DATA / "claim_simulations", order)[-params.firing.n_questions :]
    claims = make_claims(base, adapter, labelled, questions, params)
    target = DATA / "answers" / "claims" / f"{name}.jsonl"
    write_claims_file(target, claims)
    print(f"{target}: {sum(map(is_right, claims))} of {sum(bool(c.trigger) for c in claims)} triggers stated right")


if __name__ == "__main__":
    stage.run_stage(main)
