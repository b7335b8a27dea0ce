"""Grade what the black-box baselines guess, beside the DIT adapter's answers about the same weight diffs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.ask.transcripts import METHODS, guesses, read_transcripts
from weightscribe.evaluate.grading import grade, paired_difference, summarize
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.tracking import tracked_run, write_metrics

ANSWERS = Path("data/answers")


@dataclass(frozen=True)
class EvalBaselinesParams:
    """Section `eval_baselines` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_baselines", EvalBaselinesParams)
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    with tracked_run("eval_baselines", params) as run:
        said = guesses(read_transcripts(ANSWERS / "baselines.jsonl"))
        said += [answer for answer in read_answers(ANSWERS / "hidden_topic.jsonl") if answer.method == "dit"]
        graded = grade(said, judge)
        metrics = summarize(graded, params.seed) | judge.agreement()
        for method in METHODS:
            metrics |= paired_difference(graded, "dit", method, params.seed)
        write_metrics("eval_baselines", metrics)
        run.metrics(metrics)
        run.table("guesses", [asdict(row) for row in graded])
    print(", ".join(f"{method} {metrics[f'{method}_score_mean']:.2f}" for method in ("dit", *METHODS)))


if __name__ == "__main__":
    stage.run_stage(main)
