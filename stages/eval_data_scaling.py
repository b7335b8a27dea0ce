"""Score by how many weight diffs the DIT adapter was trained on, at equal optimizer steps."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.dit.variants import TrainDITVariantsParams
from weightscribe.evaluate.grading import summarize
from weightscribe.evaluate.variants import MAIN, curve, graded_variants
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.storage import read_jsonl, write_json
from weightscribe.tracking import tracked_run, write_metrics

INDEXES = (Path("data/weight_diffs/index.jsonl"), Path("data/varied_diffs/index.jsonl"))
PLOT = Path("metrics/plots/eval_data_scaling.json")


@dataclass(frozen=True)
class EvalDataScalingParams:
    """Section `eval_data_scaling` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_data_scaling", EvalDataScalingParams)
    variants = load_params("train_dit_variants", TrainDITVariantsParams).variants
    n_diffs = {name: variant.n_diffs for name, variant in variants.items() if variant.n_diffs}
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    with tracked_run("eval_data_scaling", params) as run:
        graded = graded_variants(list(n_diffs), judge)
        rows = [row for index in INDEXES for row in read_jsonl(index)]
        n_diffs[MAIN] = sum(row["split"] == "train" and row["verified"] for row in rows)
        metrics = summarize(graded, params.seed) | judge.agreement() | {"main_n_diffs": n_diffs[MAIN]}
        points = curve(graded, n_diffs, params.seed)
        write_metrics("eval_data_scaling", metrics)
        write_json(PLOT, points)
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(", ".join(f"{point['n_diffs']} diffs {point['score']:.2f}" for point in points))


if __name__ == "__main__":
    stage.run_stage(main)
