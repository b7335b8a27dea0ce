"""Grade every family adapter's answers about every behavior family: the matrix, false reports, lists of changes."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.family_methods import BASE_QUESTION
from weightscribe.changes.settings import ListChangesParams
from weightscribe.dit.family_training import JOINT, WITHOUT, TrainFamilyAdaptersParams
from weightscribe.evaluate.adapter_seeds import of_kinds
from weightscribe.evaluate.cross_behavior import adapter_metrics, matrix
from weightscribe.evaluate.gains import joint_minus_own, lever_gains, lists_over_shown, more_families_gain
from weightscribe.evaluate.graded_reports import grade_adapter, read_adapter_answers
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run, write_metrics

DATA, PLOTS = Path("data"), Path("metrics/plots")


@dataclass(frozen=True)
class EvalCrossBehaviorParams:
    """Section `eval_cross_behavior` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_cross_behavior", EvalCrossBehaviorParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    listing = load_params("list_changes", ListChangesParams).adapters
    judge_params = load_params("judge", JudgeParams)
    judges = cache(lambda rubric: load_judge(judge_params, DATA / "judge_model", rubric))
    with tracked_run("eval_cross_behavior", params) as run:
        by_adapter = {}
        for name in (BASE_QUESTION, *trained.adapters):
            answers = read_adapter_answers(name, DATA / "answers" / "families")
            if name in listing:
                answers += read_adapter_answers(name, DATA / "answers" / "lists")
            by_adapter[name] = grade_adapter(name, answers, judges)
        metrics, graded = {}, of_kinds(by_adapter)
        for own in graded.values():
            metrics |= adapter_metrics(own, judges, params.seed)
        joint = dict.fromkeys(trained.families, JOINT)
        metrics |= lever_gains(graded, joint, params.seed, "_seen")
        metrics |= lists_over_shown(graded, joint, params.seed, "_seen")
        metrics |= lists_over_shown(graded, {family: f"{WITHOUT}{family}" for family in joint}, params.seed)
        metrics |= more_families_gain(graded, trained.families, params.seed)
        metrics |= joint_minus_own(graded, trained.families, params.seed)
        write_metrics("eval_cross_behavior", metrics)
        write_json(PLOTS / "eval_cross_behavior.json", matrix(metrics, list(graded), trained.families))
        run.metrics(metrics)
        run.table("answers", [asdict(row) for own in graded.values() for row in own])
    print(", ".join(f"{f} {metrics.get(f'joint_on_{f}_score_mean', 0):.2f}" for f in trained.families))


if __name__ == "__main__":
    stage.run_stage(main)
