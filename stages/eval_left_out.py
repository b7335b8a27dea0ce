"""Grade what adapters say of families they never saw, beside all controls: of test diffs, or of those asked since."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.family_methods import BASE_QUESTION
from weightscribe.ask.left_out_params import AskLeftOutBaselinesParams, AskLeftOutParams, check_left_out
from weightscribe.dit.family_training import WITHOUT, TrainFamilyAdaptersParams, families_left_out
from weightscribe.evaluate.adapter_seeds import of_kinds, score_metrics
from weightscribe.evaluate.gains import lever_gains
from weightscribe.evaluate.graded_reports import about, grade_adapter, read_adapter_answers
from weightscribe.evaluate.left_out import n_left_out_above_controls
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.tracking import tracked_run, write_metrics

DATA = Path("data")
ANSWERS = DATA / "answers"


@dataclass(frozen=True)
class EvalLeftOutParams:
    """Section `eval_left_out` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_left_out", EvalLeftOutParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    asked_more = load_params("ask_left_out", AskLeftOutParams)
    baselines = load_params("ask_left_out_baselines", AskLeftOutBaselinesParams)
    check_left_out(asked_more, baselines, trained)
    judge_params = load_params("judge", JudgeParams)
    judges = cache(lambda rubric: load_judge(judge_params, DATA / "judge_model", rubric))
    with tracked_run("eval_left_out", params) as run:
        by_adapter = {}
        for name in (BASE_QUESTION, *(name for name in trained.adapters if name.startswith(WITHOUT))):
            families = trained.families if name == BASE_QUESTION else families_left_out(name, trained)
            more = [family for family in families if family in baselines.families]
            parts = {"left_out": more, "families": [family for family in families if family not in more]}
            answers = [
                answer
                for folder, own in parts.items()
                if own
                for answer in about(own, read_adapter_answers(name, ANSWERS / folder))
            ]
            by_adapter[name] = grade_adapter(name, answers, judges)
        metrics, graded = {}, of_kinds(by_adapter)
        for own in graded.values():
            metrics |= score_metrics(own, params.seed)
        metrics |= lever_gains(graded, {family: f"{WITHOUT}{family}" for family in trained.families}, params.seed)
        metrics |= n_left_out_above_controls(metrics, trained.families)
        write_metrics("eval_left_out", metrics)
        run.metrics(metrics)
        run.table("answers", [asdict(row) for own in graded.values() for row in own])
    print(f"{metrics.get('n_families_left_out', 0)} families left out; above every control:")
    print(", ".join(f"{name} {n}" for name, n in metrics.items() if name.startswith("n_left_out_above_controls")))


if __name__ == "__main__":
    stage.run_stage(main)
