"""Grade the answers about diffs of higher ranks and full fine-tunes, beside the same topics' rank-1 test diffs."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.evaluate.probes import ANSWERS, compare_probe_sets
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.probes.sets import FinetuneProbesParams
from weightscribe.tracking import tracked_run, write_metrics

REFERENCE, FULL = "rank_1", "rank_full"


@dataclass(frozen=True)
class EvalRankParams:
    """Section `eval_rank` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_rank", EvalRankParams)
    sets = load_params("finetune_probes", FinetuneProbesParams).sets
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    names = [name for name, probe in sets.items() if probe.rank]
    full = [replace(a, method=f"{FULL}_{a.method}") for a in read_answers(ANSWERS / "full_models.jsonl")]
    with tracked_run("eval_rank", params) as run:
        graded, metrics = compare_probe_sets(names, REFERENCE, judge, params.seed, others=full)
        write_metrics("eval_rank", metrics)
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(", ".join(f"{name} {metrics[f'{name}_dit_score_mean']:.2f}" for name in (REFERENCE, *names, FULL)))


if __name__ == "__main__":
    stage.run_stage(main)
