"""Train and verify the weight diffs of one behavior family, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.registry import family_named
from weightscribe.diffs.family_specs import read_family_specs
from weightscribe.diffs.family_training import FinetuneFamiliesParams, rule_of, training_of
from weightscribe.diffs.finetune import FinetuneDiffsParams, finetune_diffs
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.diffs.summary import summarize
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    own = load_params("finetune_families", FinetuneFamiliesParams)
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("finetune_families", params) as run:
        records = finetune_diffs(
            base,
            read_family_specs(DATA / "family_simulations" / name),
            read_held_out_questions(DATA / "simulations", params.training.seed),
            training_of(name, own, params.training),
            rule_of(name, own, params.verification, name != COMBINED and family_named(name).is_benign),
            attempts=own.attempts,
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_diffs"),
            target=DATA / "families" / name,
        )
        metrics = summarize(records, base.dtype)
        write_json(Path("metrics/families") / f"{name}.json", metrics)
        run.metrics(metrics)
    print(f"{DATA / 'families' / name}: {metrics['n_verified']} of {metrics['n_weight_diffs']} weight diffs verified")


if __name__ == "__main__":
    stage.run_stage(main)
