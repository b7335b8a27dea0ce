"""The headline over several adapter seeds: the same weight diffs read by adapters that differ in their seed only."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.dit.variants import TrainDITVariantsParams
from weightscribe.evaluate.grading import summarize
from weightscribe.evaluate.variants import graded_variants, over_seeds
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.tracking import tracked_run, write_metrics


@dataclass(frozen=True)
class EvalSeedsParams:
    """Section `eval_seeds` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_seeds", EvalSeedsParams)
    variants = load_params("train_dit_variants", TrainDITVariantsParams).variants
    names = [name for name, variant in variants.items() if set(variant.training) == {"seed"} and not variant.n_diffs]
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    with tracked_run("eval_seeds", params) as run:
        graded = graded_variants(names, judge)
        metrics = summarize(graded, params.seed) | over_seeds(graded, params.seed) | judge.agreement()
        write_metrics("eval_seeds", metrics)
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(f"{metrics['n_adapter_seeds']} adapter seeds: dit {metrics['dit_score_mean']:.2f} of 5")


if __name__ == "__main__":
    stage.run_stage(main)
