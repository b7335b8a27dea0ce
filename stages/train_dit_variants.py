"""Train one variant of the DIT adapter, named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.cases import load_cases, load_training_cases
from weightscribe.dit.train import TrainDITParams, summarize, train_dit
from weightscribe.dit.variants import TrainDITVariantsParams, cases_of, training_of, variant_named
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

BASE_MODEL = Path("data/base_model")
WEIGHT_DIFFS, VARIED_DIFFS = Path("data/weight_diffs"), Path("data/varied_diffs")


def main() -> None:
    name = sys.argv[1]
    variant = variant_named(name, load_params("train_dit_variants", TrainDITVariantsParams))
    params = load_params("train_dit", TrainDITParams)
    training = training_of(name, variant, params.training)
    base = load_base(BASE_MODEL, params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("train_dit_variants", training) as run:
        trained = train_dit(
            base,
            cases_of(name, variant, load_training_cases(WEIGHT_DIFFS, VARIED_DIFFS, base)),
            load_cases(WEIGHT_DIFFS, "test", base),
            training,
        )
        target = Path("data/dit_variants") / name
        save_weight_diff(target, trained.adapter, base.identity)
        metrics = summarize(trained)
        write_json(Path("metrics/dit_variants") / f"{name}.json", metrics)
        run.metrics(metrics)
    print(f"{target}: held-out loss {metrics['heldout_loss_own_diff']:.3f}")


if __name__ == "__main__":
    stage.run_stage(main)
