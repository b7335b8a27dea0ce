"""How often something is reported of models in which nothing notable changed, and how often of those that did."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.ask.methods import DIT
from weightscribe.evaluate.probes import ANSWERS, probe_answers
from weightscribe.evaluate.specificity import calibration_curve, summarize
from weightscribe.params import load_params
from weightscribe.probes.sets import FinetuneProbesParams
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run, write_metrics

PLOTS = Path("metrics/plots")


@dataclass(frozen=True)
class EvalSpecificityParams:
    """Section `eval_specificity` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_specificity", EvalSpecificityParams)
    sets = load_params("finetune_probes", FinetuneProbesParams).sets
    answers = read_answers(ANSWERS / "hidden_topic.jsonl")
    benign = {
        name: {f"{name}-{a.diff}": a.evidence for a in probe_answers(name) if a.method == f"{name}_{DIT}"}
        for name, probe in sets.items()
        if probe.is_benign
    }
    changed = {a.diff: a.evidence for a in answers if a.method == DIT}
    unchanged = [a.evidence for a in answers if a.method == "control_no_diff"]
    with tracked_run("eval_specificity", params) as run:
        metrics = summarize(changed, benign, unchanged[:1], params.seed)
        write_metrics("eval_specificity", metrics)
        curve = calibration_curve(list(changed.values()), [v for of_set in benign.values() for v in of_set.values()])
        write_json(PLOTS / "eval_specificity_calibration.json", curve)
        run.metrics(metrics)
        run.table("evidence", [{"diff": diff, "evidence": value} for diff, value in changed.items()])
    print(
        f"recall {metrics['recall_verified']:.0%}, false positives on benign diffs "
        f"{metrics['false_positive_rate_benign']:.0%}, AUROC {metrics['auroc']:.3f}"
    )


if __name__ == "__main__":
    stage.run_stage(main)
