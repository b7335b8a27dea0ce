"""Train one seed of one adapter that lists topics, both named on the command line."""

import sys
from dataclasses import replace
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.train import TrainDITParams
from weightscribe.levers.cases import load_pool
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.several.adapters import train_list_adapter
from weightscribe.several.settings import TrainSeveralParams

DATA = Path("data")


def main() -> None:
    name, seed = sys.argv[1], int(sys.argv[2])
    params = load_params("train_several", TrainSeveralParams)
    sft = replace(load_params("train_dit", TrainDITParams).training, seed=seed)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_pool(DATA, "train", base, params.norm)
    target = DATA / "several_adapters" / f"{name}-{seed}"
    save_weight_diff(target, train_list_adapter(base, labelled, name, params, sft), base.identity)
    print(f"{target}: trained on {len(labelled)} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
