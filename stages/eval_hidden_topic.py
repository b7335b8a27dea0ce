"""Grade the answers about held-out weight diffs: the headline table, and what each answer owes to its diff."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import read_answers
from weightscribe.ask.methods import BASE_QUESTION, CONTROLS, DIT
from weightscribe.evaluate.first_look import first_look
from weightscribe.evaluate.grading import grade, paired_difference, summarize
from weightscribe.judge.factory import JudgeParams, load_judge
from weightscribe.params import load_params
from weightscribe.storage import replacing, write_json
from weightscribe.tracking import tracked_run, write_metrics

DATA, PLOTS = Path("data"), Path("metrics/plots")
FIRST_LOOK = Path("metrics/first_look.md")


@dataclass(frozen=True)
class EvalHiddenTopicParams:
    """Section `eval_hidden_topic` of params.yaml."""

    seed: int


def main() -> None:
    params = load_params("eval_hidden_topic", EvalHiddenTopicParams)
    judge = load_judge(load_params("judge", JudgeParams), DATA / "judge_model", "topics")
    with tracked_run("eval_hidden_topic", params) as run:
        graded = grade(read_answers(DATA / "answers" / "hidden_topic.jsonl"), judge)
        metrics = summarize(graded, params.seed) | judge.agreement()
        for other in (BASE_QUESTION, *CONTROLS):
            metrics |= paired_difference(graded, DIT, other, params.seed)
        write_metrics("eval_hidden_topic", metrics)
        with replacing(FIRST_LOOK) as temporary:
            temporary.write_text(first_look(graded))
        write_json(
            PLOTS / "eval_hidden_topic_scores.json",
            [{"method": row.method, "diff": row.diff, "score": row.score} for row in graded],
        )
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(f"dit {metrics['dit_score_mean']:.2f} of 5, exact {metrics['dit_exact_rate']:.0%}")


if __name__ == "__main__":
    stage.run_stage(main)
