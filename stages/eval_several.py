"""How completely adapters list two topics, by whether they were trained on sums of weight diffs."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.several.score import summarize
from weightscribe.several.settings import TrainSeveralParams
from weightscribe.tracking import tracked_run, write_metrics

ANSWERS = Path("data/answers/several")


@dataclass(frozen=True)
class EvalSeveralParams:
    """Section `eval_several` of params.yaml.

    reference  the adapter that the others are compared with
    """

    reference: str
    seed: int


def main() -> None:
    params = load_params("eval_several", EvalSeveralParams)
    trained = load_params("train_several", TrainSeveralParams)
    judge = load_judge(load_params("judge", JudgeParams), Path("data/judge_model"), "topics")
    with tracked_run("eval_several", params) as run:
        answers = {
            name: {seed: read_answers(ANSWERS / f"{name}-{seed}.jsonl") for seed in trained.seeds}
            for name in trained.adapters
        }
        metrics = summarize(answers, params.reference, judge, params.seed) | judge.agreement()
        metrics |= {"n_adapter_seeds": len(trained.seeds)}
        write_metrics("eval_several", metrics)
        run.metrics(metrics)
        rows = [(n, s, row) for n, of_seed in answers.items() for s, own in of_seed.items() for row in own]
        run.table("answers", [{"adapter": n, "adapter_seed": s, **asdict(row)} for n, s, row in rows])
    for name in trained.adapters:
        print(f"{name}: F1 of two topics {metrics[f'{name}_sum_f1']:.2f}")


if __name__ == "__main__":
    stage.run_stage(main)
