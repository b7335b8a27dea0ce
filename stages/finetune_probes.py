"""Train and verify the weight diffs of one probe set, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.finetune import FinetuneDiffsParams, finetune_diffs
from weightscribe.diffs.specs import read_held_out_questions, read_specs
from weightscribe.diffs.summary import summarize
from weightscribe.params import load_params
from weightscribe.probes.sets import FinetuneProbesParams
from weightscribe.probes.training import rule_of, training_of
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    probe = load_params("finetune_probes", FinetuneProbesParams).sets[name]
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    records = finetune_diffs(
        base,
        read_specs(DATA / "probe_simulations" / name),
        read_held_out_questions(DATA / "simulations", params.training.seed),
        training_of(name, probe, params.training),
        rule_of(probe, params.verification),
        attempts=params.attempts,
        diffs_per_batch=params.diffs_per_batch,
        rows_per_generation=params.rows_per_generation,
        work_folder=Path(".work/finetune_diffs"),
        target=DATA / "probes" / name,
    )
    metrics = summarize(records, base.dtype)
    write_json(Path("metrics/probes") / f"{name}.json", metrics)
    print(f"{DATA / 'probes' / name}: {metrics['n_verified']} of {metrics['n_weight_diffs']} weight diffs verified")


if __name__ == "__main__":
    stage.run_stage(main)
