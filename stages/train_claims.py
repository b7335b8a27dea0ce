"""Train the DIT adapter of one arm, named on the command line: it says the topic, and the word it hides behind."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.cases import held_out_cases, training_cases
from weightscribe.diffs.index import load_verified
from weightscribe.dit.train import TrainDITParams, summarize, train_dit
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import changed, load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

DATA = Path("data")


@dataclass(frozen=True)
class TrainClaimsParams:
    """Section `train_claims` of params.yaml.

    training  what differs from train_dit.training: any of its keys
    """

    training: dict[str, Any]


def main() -> None:
    name = sys.argv[1]
    own, params = load_params("train_claims", TrainClaimsParams), load_params("train_dit", TrainDITParams)
    training = changed(params.training, own.training, "train_claims.training")
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    train, test = (load_verified(DATA / "claims" / name, split, base) for split in ("train", "test"))
    with tracked_run("train_claims", training) as run:
        trained = train_dit(base, training_cases(train), held_out_cases(test), training)
        target = DATA / "claim_adapters" / name
        save_weight_diff(target, trained.adapter, base.identity)
        metrics = summarize(trained) | {"n_weight_diffs": len(train)}
        write_json(Path("metrics/claim_adapters") / f"{name}.json", metrics)
        run.metrics(metrics)
        run.curve("train_loss", [row["loss"] for row in trained.train_loss])
    print(f"{target}: held-out loss {metrics['heldout_loss_own_diff']:.3f}")


if __name__ == "__main__":
    stage.run_stage(main)
