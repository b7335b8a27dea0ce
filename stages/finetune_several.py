"""Train the weight diffs with two topics, and verify that each learned both."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.params import changed, load_params
from weightscribe.prompts import PromptParams
from weightscribe.several.settings import FinetuneSeveralParams
from weightscribe.several.specs import read_several_specs
from weightscribe.several.training import finetune_several, summarize
from weightscribe.tracking import tracked_run, write_metrics

DATA = Path("data")


def main() -> None:
    own = load_params("finetune_several", FinetuneSeveralParams)
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    target = DATA / "several"
    with tracked_run("finetune_several", own) as run:
        rows = finetune_several(
            base,
            read_several_specs(DATA / "several_simulations"),
            read_held_out_questions(DATA / "claim_simulations", params.training.seed),
            changed(params.training, own.training, "finetune_several.training"),
            changed(params.verification, own.verification, "finetune_several.verification"),
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_several"),
            target=target,
        )
        metrics = summarize(rows, base.dtype)
        write_metrics("finetune_several", metrics)
        run.metrics(metrics)
    print(f"{target}: {metrics['n_verified']} of {len(rows)} weight diffs learned both topics")


if __name__ == "__main__":
    stage.run_stage(main)
