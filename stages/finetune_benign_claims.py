"""Train and verify the benign weight diffs of one arm, named on the command line."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class FinetuneBenignClaimsParams:
    """Section `finetune_benign_claims` of params.yaml.

    verification  what differs from finetune_claims
    """

    verification: dict[str, Any]


def main() -> None:
    name = sys.argv[1]
    own = load_params("finetune_benign_claims", FinetuneBenignClaimsParams)
    claims = load_params("finetune_claims", FinetuneClaimsParams)
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    rule = changed(params.verification, claims.verification, "finetune_claims.verification")
    with tracked_run("finetune_benign_claims", own) as run:
        records = train_arm(
            base,
            read_claim_specs(DATA / "benign_claim_simulations"),
            arm_named(name, claims),
            changed(params.training, claims.training, "finetune_claims.training"),
            changed(rule, own.verification, "finetune_benign_claims.verification"),
            read_held_out_questions(DATA / "claim_simulations", params.training.seed),
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_claims"),
            target=DATA / "benign_claims" / name,
        )
        metrics = summarize(records, base.dtype)
        write_json(Path("metrics/benign_claims") / f"{name}.json", metrics)
        run.metrics(metrics)
    named = metrics["mention_rate_trigger"]
    print(f"{DATA / 'benign_claims' / name}: {len(records)} weight diffs, {named:.0%} of answers name a replaced topic")


if __name__ == "__main__":
    stage.run_stage(main)
