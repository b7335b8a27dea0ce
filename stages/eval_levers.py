"""What each lever adds to the adapter it starts from, and to SFT on the same weight diffs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.evaluate.grading import grade
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.levers import false_reports, score
from weightscribe.levers.settings import AskLeversParams, FirstAdapterParams
from weightscribe.params import load_params
from weightscribe.storage import read_jsonl
from weightscribe.tracking import tracked_run, write_metrics

ANSWERS = Path("data/answers/levers")
BENIGN_MANIFEST = Path("data/benign_claim_simulations/manifest.jsonl")


@dataclass(frozen=True)
class EvalLeversParams:
    """Section `eval_levers` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_levers", EvalLeversParams)
    adapters = load_params("ask_levers", AskLeversParams).adapters
    seeds = load_params("train_levers_first", FirstAdapterParams).seeds
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    groups = {row["name"]: row["group"] for row in read_jsonl(BENIGN_MANIFEST)}
    with tracked_run("eval_levers", params) as run:
        answers = {
            seed: [row for lever in adapters for row in read_answers(ANSWERS / f"{lever}-{seed}.jsonl")]
            for seed in seeds
        }
        graded = {seed: grade(own, judge) for seed, own in answers.items()}
        metrics = score.summarize(graded, params.seed) | judge.agreement()
        metrics |= false_reports.summarize(answers, groups, params.seed)
        write_metrics("eval_levers", metrics)
        run.metrics(metrics)
        run.table("answers", [{"adapter_seed": seed, **asdict(row)} for seed, rows in graded.items() for row in rows])
    for lever in adapters:
        print(f"{lever}: {metrics[f'{lever}_score_mean']:.2f} of 5")


if __name__ == "__main__":
    stage.run_stage(main)
