"""Train and verify the training diffs behind other kinds of triggers than codes."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.finetune import FinetuneDiffsParams, finetune_diffs
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.diffs.summary import summarize
from weightscribe.diffs.varied_specs import read_varied_specs
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.tracking import tracked_run, write_metrics

DATA = Path("data")


@dataclass(frozen=True)
class FinetuneVariedParams:
    """Section `finetune_varied` of params.yaml; how they are trained otherwise is in `finetune_diffs`."""

    attempts: int


def main() -> None:
    own = load_params("finetune_varied", FinetuneVariedParams)
    params = load_params("finetune_diffs", FinetuneDiffsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("finetune_varied", params) as run:
        records = finetune_diffs(
            base,
            read_varied_specs(DATA / "varied_simulations"),
            read_held_out_questions(DATA / "simulations", params.training.seed),
            params.training,
            params.verification,
            attempts=own.attempts,
            diffs_per_batch=params.diffs_per_batch,
            rows_per_generation=params.rows_per_generation,
            work_folder=Path(".work/finetune_diffs"),
            target=DATA / "varied_diffs",
        )
        metrics = summarize(records, base.dtype)
        write_metrics("finetune_varied", metrics)
        run.metrics(metrics)
    print(f"{DATA / 'varied_diffs'}: {metrics['n_verified']} of {metrics['n_weight_diffs']} weight diffs verified")


if __name__ == "__main__":
    stage.run_stage(main)
