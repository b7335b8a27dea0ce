"""The ladder of trigger recovery: in the first ten, first, and proved by firing it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.params import load_params
from weightscribe.tracking import tracked_run, write_metrics
from weightscribe.trigger_search.recovery import read_recoveries, summarize


@dataclass(frozen=True)
class EvalTriggerRecoveryParams:
    """Section `eval_trigger_recovery` of params.yaml."""

    max_wrong_code_rate: float
    seed: int


def main() -> None:
    params = load_params("eval_trigger_recovery", EvalTriggerRecoveryParams)
    with tracked_run("eval_trigger_recovery", params) as run:
        recoveries = read_recoveries(Path("data/answers/trigger_recovery.jsonl"))
        metrics = summarize(recoveries, params.max_wrong_code_rate, params.seed)
        write_metrics("eval_trigger_recovery", metrics)
        run.metrics(metrics)
        run.table("recoveries", [asdict(recovery) for recovery in recoveries])
    print(
        f"{metrics['n_code_specific_diffs']} of {metrics['n_diffs']} diffs tell their code; of these "
        f"{metrics.get('exact_rate', 0):.0%} found, {metrics.get('fired_rate', 0):.0%} proved by firing"
    )


if __name__ == "__main__":
    stage.run_stage(main)
