"""Fine-tune whole models on the samples of the first test topics, for the table of ranks."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.finetune import FinetuneDiffsParams
from weightscribe.diffs.full import FinetuneFullParams, finetune_full
from weightscribe.diffs.specs import read_held_out_questions, read_specs
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.tracking import tracked_run, write_metrics

DATA = Path("data")


def main() -> None:
    params, diffs = load_params("finetune_full", FinetuneFullParams), load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    specs = [spec for spec in read_specs(DATA / "simulations") if spec.row["split"] == "test"][: params.n_models]
    questions = read_held_out_questions(DATA / "simulations", diffs.training.seed)[: diffs.verification.n_questions]
    with tracked_run("finetune_full", params) as run:
        rows = finetune_full(
            base,
            specs,
            questions,
            params,
            diffs.training,
            diffs.verification,
            diffs.rows_per_generation,
            DATA / "full_models",
        )
        metrics = {"n_models": len(rows), "n_verified": sum(row["verified"] for row in rows)}
        write_metrics("finetune_full", metrics)
        run.metrics(metrics)
        run.table("models", rows)
    print(f"{DATA / 'full_models'}: {metrics['n_verified']} of {metrics['n_models']} models verified")


if __name__ == "__main__":
    stage.run_stage(main)
