"""Run all benchmarks. Needs the results of `make repro`; 30 to 45 minutes.

Writes metrics/bench.json, its plots, and a copy in metrics/bench/ named after what the machine multiplies with: ratios
differ between float32, bfloat16 and bfloat16 in AMX tiles, and docs/performance.md shows all.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from stages.train_dit import TrainDITParams

from benchmarks import growth, level1, level2, memory, workers
from benchmarks.inputs import BASE_MODEL, level1_inputs, level2_cases, small_base
from benchmarks.timing import Ratio, interleaved
from weightscribe import stage  # first: it sets the environment
from weightscribe.base import BaseModel, load_base
from weightscribe.diffs.finetune import DiffTraining, FinetuneDiffsParams
from weightscribe.dit.train import DITTraining
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json

METRICS, BY_MACHINE, PLOTS = Path("metrics/bench.json"), Path("metrics/bench"), Path("metrics/plots")
N_STEPS = 12  # of every level-1 contender; half of what the default profile trains
N_STEPS_SMALL = 24  # of the small model, whose steps are short beside the set-up of a training
N_STEPS_LEVEL2 = 10
N_TOKENS = 16  # of an answer
N_PLAIN = 4  # diffs that plain TRL + PEFT trains, one after another; their time is multiplied


def bench_level1(
    base: BaseModel, base_folder: Path, training: DiffTraining, n_diffs: int, n_steps: int, repeats: int, title: str
) -> tuple[Ratio, Ratio]:
    """Fraction of the roofline's speed, and speed-up over plain TRL + PEFT."""
    inputs = level1_inputs(base, training, n_diffs, n_steps)
    settings = level1.best_plain_settings(inputs, base_folder)
    seconds = interleaved(
        {
            "roofline": level1.roofline(inputs),
            "ours": level1.ours(inputs),
            "plain": level1.plain(inputs, base_folder, settings, N_PLAIN),
        },
        repeats,
        title,
    )
    plain = [value * n_diffs / N_PLAIN for value in seconds["plain"]]
    fraction, speedup = Ratio.of(seconds["roofline"], seconds["ours"]), Ratio.of(plain, seconds["ours"])
    print(f"{title}: {fraction} of the roofline, {speedup} times plain TRL + PEFT ({settings})")
    return fraction, speedup


def bench_level2(load: Callable[[], BaseModel], training: DITTraining, repeats: int) -> dict[str, Ratio]:
    """Fraction of the roofline's speed, and speed-up over the obvious alternative and over its dense overlay alone."""
    base = load()
    cases = level2_cases(base, N_STEPS_LEVEL2 * training.batch_size)
    seconds = interleaved(
        {
            "roofline": level2.roofline(base, cases, training.batch_size),
            "ours": level2.training(base, cases, training),
            "dense overlay": level2.training(level2.with_dense_overlay(load()), cases, training),
            "obvious": level2.obvious(load(), cases, training),
        },
        repeats,
        "level 2",
    )
    ratios = {
        "level2_fraction_of_roofline": Ratio.of(seconds["roofline"], seconds["ours"]),
        "level2_speedup_over_dense": Ratio.of(seconds["obvious"], seconds["ours"]),
        "level2_speedup_over_dense_overlay_alone": Ratio.of(seconds["dense overlay"], seconds["ours"]),
    }
    print(*(f"{name}: {ratio}" for name, ratio in ratios.items()), sep="\n")
    return ratios


def bench_workers(base: BaseModel, training: DiffTraining, n_diffs: int, repeats: int) -> dict[str, Ratio]:
    """How much faster work is in workers than one piece after another: ours, and the roofline's likewise."""
    inputs = level1_inputs(base, training, n_diffs, N_STEPS // 2)
    diffs = [case.weight_diff for case in level2_cases(base, n_diffs)]
    contenders = {
        "level1": level1.ours(inputs),
        "roofline": level1.roofline(inputs),
        "asking": workers.asking(base, diffs, N_TOKENS),
    }
    seconds = interleaved(
        {(name, way): way(contender) for name, contender in contenders.items() for way in workers.WAYS},
        repeats,
        "workers",
    )
    ratios = {
        f"{name}_speedup_in_workers": Ratio.of(*(seconds[name, way] for way in workers.WAYS)) for name in contenders
    }
    ratios["level1_in_workers_fraction_of_roofline"] = Ratio.of(
        seconds["roofline", workers.one_after_another], seconds["level1", workers.side_by_side]
    )
    print(*(f"{name}: {ratio}" for name, ratio in ratios.items()), sep="\n")
    return ratios


def bench_memory(repeats: int) -> Ratio:
    """Extra peak memory of our overlay as a fraction of the dense one's, each beyond no overlay at all."""
    peaks = {overlay: [memory.peak_of(overlay) for _ in range(repeats)] for overlay in memory.OVERLAYS}
    ours, dense = (
        [peak - none for peak, none in zip(peaks[kind], peaks["none"], strict=True)] for kind in ("ours", "dense")
    )
    print("level 2, extra memory: " + ", ".join(f"{kind} {max(peaks[kind]) / 2**20:.0f} MiB" for kind in peaks))
    return Ratio.of(ours, dense)


def write_ratios(metrics: dict) -> None:
    in_tiles = metrics["compute_dtype"] == "bfloat16" and torch.cpu.get_capabilities().get("amx_bf16")
    for path in (METRICS, BY_MACHINE / f"{metrics['compute_dtype']}{'_amx' if in_tiles else ''}.json"):
        write_json(path, metrics)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--diffs-per-batch", type=int, default=16)
    parser.add_argument("--growth", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    diffs, dit = load_params("finetune_diffs", FinetuneDiffsParams), load_params("train_dit", TrainDITParams)
    system_message = load_params("prompts", PromptParams).system_message
    n, repeats = options.diffs_per_batch, options.repeats

    base = load_base(BASE_MODEL, diffs.dtype, system_message)
    metrics = {"compute_dtype": base.dtype, "n_threads": torch.get_num_threads(), "repeats": repeats}
    fraction, speedup = bench_level1(base, BASE_MODEL, diffs.training, n, N_STEPS, repeats, "level 1")
    metrics |= fraction.as_metrics("level1_fraction_of_roofline") | speedup.as_metrics("level1_speedup_over_peft_loop")
    write_ratios(metrics)
    with tempfile.TemporaryDirectory() as folder:
        small = small_base(Path(folder), diffs.dtype)
        fraction, speedup = bench_level1(
            small, Path(folder), diffs.training, n, N_STEPS_SMALL, repeats, "level 1, small model"
        )
    metrics |= fraction.as_metrics("level1_small_model_fraction_of_roofline")
    metrics |= speedup.as_metrics("level1_small_model_speedup_over_peft_loop")
    write_ratios(metrics)
    for name, ratio in (
        *bench_workers(base, diffs.training, n, repeats).items(),
        *bench_level2(lambda: load_base(BASE_MODEL, dit.dtype, system_message), dit.training, repeats).items(),
    ):
        metrics |= ratio.as_metrics(name)
    metrics |= bench_memory(repeats).as_metrics("level2_extra_memory_fraction_of_dense")
    write_ratios(metrics)
    if options.growth:
        for name, rows in (
            ("batch_size", growth.by_batch_size(base, diffs.training, 2)),
            ("rank", growth.by_rank(base, diffs.training, 2)),
            ("on_disk", growth.on_disk(base)),
        ):
            write_json(PLOTS / f"bench_growth_{name}.json", rows)
            print(*rows, sep="\n")


if __name__ == "__main__":
    stage.run_stage(main)
