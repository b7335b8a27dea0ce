"""Train one DIT adapter on weight diffs of several behavior families; its name on the command line."""

import sys
from dataclasses import replace
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.family_cases import draw_cases, load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_of, mixture_of, n_rows_of, seed_of
from weightscribe.dit.train import TrainDITParams, summarize, train_dit
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    main_job = load_params("train_dit", TrainDITParams)
    names, mixture, seed = families_of(name, params), mixture_of(name, params), seed_of(name, params)
    # The rows are drawn for the whole training: it is one pass over them.
    training = replace(main_job.training, epochs=1, seed=seed)
    base = load_base(DATA / "base_model", main_job.dtype, load_params("prompts", PromptParams).system_message)
    train, test = (load_families(names, split, base, DATA) for split in ("train", "test"))
    held_out = {family: own[: params.n_held_out] for family, own in test.items()}
    with tracked_run("train_family_adapters", params) as run:
        trained = train_dit(
            base,
            draw_cases(train, n_rows_of(name, params, training.batch_size), mixture, seed),
            draw_cases(held_out, sum(map(len, held_out.values())), replace(mixture, pair_share=0.0), seed),
            training,
        )
        target = DATA / "family_adapters" / name
        save_weight_diff(target, trained.adapter, base.identity)
        metrics = summarize(trained) | {f"n_{family}": len(own) for family, own in train.items()}
        write_json(Path("metrics/family_adapters") / f"{name}.json", metrics)
        run.metrics(metrics)
        run.curve("train_loss", [row["loss"] for row in trained.train_loss])
    print(f"{target}: held-out loss {metrics['heldout_loss_own_diff']:.3f}")


if __name__ == "__main__":
    stage.run_stage(main)
