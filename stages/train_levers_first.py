"""Train the adapter that the levers start from, with one seed, named on the command line, on some of the diffs."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.dit.train import TrainDITParams
from weightscribe.levers.cases import kept_and_left_out, load_pool
from weightscribe.levers.settings import FirstAdapterParams
from weightscribe.levers.start import first_sft, train_first
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    seed = int(sys.argv[1])
    params = load_params("train_levers_first", FirstAdapterParams)
    sft = first_sft(params, load_params("train_dit", TrainDITParams).training, seed)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    kept, _ = kept_and_left_out(load_pool(DATA, "train", base, params.norm), params.left_out_every)
    target = DATA / "lever_adapters" / f"first-{seed}"
    save_weight_diff(target, train_first(base, kept, sft), base.identity)
    print(f"{target}: trained on {len(kept)} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
