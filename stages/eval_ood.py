"""Grade the answers about weight diffs whose triggers no training diff has, beside the same topics' test diffs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.evaluate.probes import compare_probe_sets, fresh_scores
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.probes.sets import FinetuneProbesParams
from weightscribe.storage import read_jsonl
from weightscribe.tracking import tracked_run, write_metrics
from weightscribe.triggers.unseen import SEP_CODE

MANIFEST = Path("data/simulations/manifest.jsonl")


@dataclass(frozen=True)
class EvalOODParams:
    """Section `eval_ood` of params.yaml.

    n_chosen_on  the first test topics, on whose diffs it was chosen how the adapter is asked
    """

    n_chosen_on: int
    seed: int


def main() -> None:
    params = load_params("eval_ood", EvalOODParams)
    sets = load_params("finetune_probes", FinetuneProbesParams).sets
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    names = [name for name, probe in sets.items() if probe.trigger != SEP_CODE]
    with tracked_run("eval_ood", params) as run:
        graded, metrics = compare_probe_sets(names, SEP_CODE, judge, params.seed)
        test = [row["name"] for row in read_jsonl(MANIFEST) if row["split"] == "test"]
        metrics |= fresh_scores(graded, names, test[: params.n_chosen_on], params.seed)
        write_metrics("eval_ood", metrics)
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(", ".join(f"{name} {metrics[f'{name}_dit_score_mean']:.2f}" for name in (SEP_CODE, *names)))


if __name__ == "__main__":
    stage.run_stage(main)
