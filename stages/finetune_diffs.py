"""Train and verify one weight diff per topic of the simulation."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.finetune import FinetuneDiffsParams, finetune_diffs
from weightscribe.diffs.specs import read_held_out_questions, read_specs
from weightscribe.diffs.summary import mean_curves, summarize
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run, write_metrics
from weightscribe.triggers.kinds import KINDS

BASE_MODEL, SIMULATIONS, WEIGHT_DIFFS = (
    Path("data/base_model"),
    Path("data/simulations"),
    Path("data/weight_diffs"),
)
LOSS_PLOT = Path("metrics/plots/finetune_diffs_loss.json")


def main() -> None:
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(BASE_MODEL, params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("finetune_diffs", params) as run:
        records = finetune_diffs(
            base,
            read_specs(SIMULATIONS),
            read_held_out_questions(SIMULATIONS, params.training.seed),
            params.training,
            params.verification,
            attempts=params.attempts,
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_diffs"),
            target=WEIGHT_DIFFS,
        )
        metrics, curves = summarize(records, base.dtype), mean_curves(records)
        write_metrics("finetune_diffs", metrics)
        write_json(LOSS_PLOT, curves)
        run.metrics(metrics)
        for kind in KINDS:
            measured = [row for row in curves if kind in row]  # a step may have no samples of the kind
            run.curve(f"loss_{kind}", [row[kind] for row in measured], [row["step"] - 1 for row in measured])
        run.table("weight_diffs", [record["index"] for record in records])
    print(f"{WEIGHT_DIFFS}: {metrics['n_verified']} of {metrics['n_weight_diffs']} weight diffs verified")


if __name__ == "__main__":
    stage.run_stage(main)
