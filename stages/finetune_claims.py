"""Train and verify the weight diffs of one arm, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.arms import FinetuneClaimsParams, arm_named
from weightscribe.claims.specs import read_claim_specs
from weightscribe.claims.training import train_arm
from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.diffs.summary import summarize
from weightscribe.params import changed, load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    own = load_params("finetune_claims", FinetuneClaimsParams)
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("finetune_claims", own) as run:
        records = train_arm(
            base,
            read_claim_specs(DATA / "claim_simulations"),
            arm_named(name, own),
            changed(params.training, own.training, "finetune_claims.training"),
            changed(params.verification, own.verification, "finetune_claims.verification"),
            read_held_out_questions(DATA / "claim_simulations", params.training.seed),
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_claims"),
            target=DATA / "claims" / name,
        )
        metrics = summarize(records, base.dtype)
        write_json(Path("metrics/claims") / f"{name}.json", metrics)
        run.metrics(metrics)
    print(f"{DATA / 'claims' / name}: {metrics['n_verified']} of {metrics['n_weight_diffs']} weight diffs verified")


if __name__ == "__main__":
    stage.run_stage(main)
