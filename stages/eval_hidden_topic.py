"""Ask held-out weight diffs for their topic, with the DIT adapter, without it, and under controls."""

from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.dit.train import load_dit_adapter
from weightscribe.evaluate.hidden_topic import (
    answers_by_method,
    asker,
    first_look,
    grade,
    summarize,
)
from weightscribe.judge.calibration import shipped_calibration
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.offline import OfflineJudge
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import replacing, write_json, write_jsonl
from weightscribe.tracking import tracked_run, write_metrics

DATA, PLOTS = Path("data"), Path("metrics/plots")
ANSWERS = DATA / "answers" / "hidden_topic.jsonl"
FIRST_LOOK = Path("metrics/first_look.md")


@dataclass(frozen=True)
class EvalHiddenTopicParams:
    """Section `eval_hidden_topic` of params.yaml."""

    dtype: str
    answer_tokens: int
    rows_per_generation: int
    seed: int


def main() -> None:
    params = load_params("eval_hidden_topic", EvalHiddenTopicParams)
    system_message = load_params("prompts", PromptParams).system_message
    base = load_base(DATA / "base_model", params.dtype, system_message)
    held_out = load_verified(DATA / "weight_diffs", "test", base)
    diffs, rows = [diff.weight_diff for diff in held_out], [diff.row for diff in held_out]
    with tracked_run("eval_hidden_topic", params) as run:
        answers = answers_by_method(
            asker(base, params.answer_tokens, params.rows_per_generation),
            diffs,
            load_dit_adapter(DATA / "dit_adapter", base),
            rows[0]["question"],
            params.seed,
        )
        calibration = shipped_calibration("topics")
        judge = OfflineJudge(SentenceEmbedder(DATA / "judge_model"), calibration)
        graded = grade([row["name"] for row in rows], [row["answer"] for row in rows], answers, judge)
        metrics = summarize(graded, params.seed)
        metrics["judge_kappa_published_grades"] = calibration.provenance["kappa_quadratic"]
        metrics["compute_dtype"] = base.dtype
        write_metrics("eval_hidden_topic", metrics)
        write_jsonl(ANSWERS, [asdict(row) for row in graded])
        with replacing(FIRST_LOOK) as temporary:
            temporary.write_text(first_look(rows, graded))
        write_json(
            PLOTS / "eval_hidden_topic_scores.json",
            [{"method": row.method, "diff": row.diff, "score": row.score} for row in graded],
        )
        run.metrics(metrics)
        run.table("answers", [asdict(row) for row in graded])
    print(f"dit {metrics['dit_score_mean']:.2f} of 5, exact {metrics['dit_exact_rate']:.0%}")


if __name__ == "__main__":
    stage.run_stage(main)
