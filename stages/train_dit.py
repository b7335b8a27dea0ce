"""Train the DIT adapter on the verified training diffs; watch its loss on held-out ones."""

from dataclasses import asdict
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.cases import load_cases, load_training_cases
from weightscribe.dit.train import TrainDITParams, summarize, train_dit
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run, write_metrics

BASE_MODEL = Path("data/base_model")
WEIGHT_DIFFS, VARIED_DIFFS = Path("data/weight_diffs"), Path("data/varied_diffs")
DIT_ADAPTER = Path("data/dit_adapter")
TRAIN_PLOT = Path("metrics/plots/train_dit_loss.json")
HELD_OUT_PLOT = Path("metrics/plots/train_dit_heldout_loss.json")


def main() -> None:
    params = load_params("train_dit", TrainDITParams)
    base = load_base(BASE_MODEL, params.dtype, load_params("prompts", PromptParams).system_message)
    with tracked_run("train_dit", params) as run:
        trained = train_dit(
            base,
            load_training_cases(WEIGHT_DIFFS, VARIED_DIFFS, base),
            load_cases(WEIGHT_DIFFS, "test", base),
            params.training,
        )
        save_weight_diff(DIT_ADAPTER, trained.adapter, base.identity)
        metrics = summarize(trained)
        write_metrics("train_dit", metrics)
        write_json(TRAIN_PLOT, trained.train_loss)
        write_json(HELD_OUT_PLOT, [asdict(losses) for losses in trained.held_out])
        run.metrics(metrics)
        run.curve("train_loss", [row["loss"] for row in trained.train_loss])
        for name in ("own_diff", "shuffled_diff", "no_diff"):
            run.curve(f"heldout_loss_{name}", [getattr(row, name) for row in trained.held_out])
    print(f"{DIT_ADAPTER}: held-out loss {metrics['heldout_loss_own_diff']:.3f}")


if __name__ == "__main__":
    stage.run_stage(main)
