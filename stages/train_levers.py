"""Train the first adapter further by one lever, with one seed, both named on the command line."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.dit.train import TrainDITParams
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.judge.nothing import QuietJudge
from weightscribe.levers.cases import kept_and_left_out, load_pool
from weightscribe.levers.settings import FirstAdapterParams, TrainLeversParams
from weightscribe.levers.start import first_sft
from weightscribe.levers.train import Material, train_further
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run

DATA = Path("data")


def main() -> None:
    lever, seed = sys.argv[1], int(sys.argv[2])
    params, first = (
        load_params("train_levers", TrainLeversParams),
        load_params("train_levers_first", FirstAdapterParams),
    )
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    kept, left_out = kept_and_left_out(load_pool(DATA, "train", base, first.norm), first.left_out_every)
    material = Material(
        base,
        load_dit_adapter(DATA / "lever_adapters" / f"first-{seed}", base),
        first_sft(first, load_params("train_dit", TrainDITParams).training, seed),
        kept,
        left_out,
        QuietJudge(load_judge(load_params("judge", JudgeParams), DATA / "judge_model", "topics")),
    )
    with tracked_run("train_levers", params) as run:
        trained = train_further(lever, material, params, seed)
        target = DATA / "lever_adapters" / f"{lever}-{seed}"
        save_weight_diff(target, trained.adapter, base.identity)
        metrics = {
            "n_kept": len(kept),
            "n_left_out": len(left_out),
            "n_left_out_benign": sum(case.answer == NOTHING for case in left_out),
            **trained.measured,
        }
        write_json(Path("metrics/lever_adapters") / f"{lever}-{seed}.json", metrics)
        run.metrics(metrics)
    print(f"{target}: {metrics}")


if __name__ == "__main__":
    stage.run_stage(main)
