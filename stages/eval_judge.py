"""How far the offline judge agrees with published grades of an LLM judge, on targets it was not fitted on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from weightscribe import stage  # first: it sets the environment
from weightscribe.judge.agreement import confusion, measure_agreement, predict_unseen_targets, read_grades
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.offline import answer_similarities
from weightscribe.params import load_params
from weightscribe.storage import write_json
from weightscribe.tracking import tracked_run, write_metrics

DATA, PLOTS = Path("data"), Path("metrics/plots")
RUBRICS = ("topics", "summaries")


@dataclass(frozen=True)
class EvalJudgeParams:
    """Section `eval_judge` of params.yaml."""

    n_bootstrap: int
    seed: int


def main() -> None:
    params = load_params("eval_judge", EvalJudgeParams)
    embedder, metrics = SentenceEmbedder(DATA / "judge_model"), {}
    with tracked_run("eval_judge", params) as run:
        for rubric in RUBRICS:
            targets, answers, grades = read_grades(DATA / "judge_grades" / f"{rubric}.csv")
            similarities, names = answer_similarities(embedder, targets, answers), np.array(targets)
            agreement = measure_agreement(names, similarities, grades, params.seed, params.n_bootstrap)
            metrics |= {f"{rubric}_{key}": value for key, value in agreement.items()}
            predicted = predict_unseen_targets(names, similarities, grades, params.seed)
            write_json(PLOTS / f"eval_judge_{rubric}_confusion.json", confusion(predicted, grades))
        write_metrics("eval_judge", metrics)
        run.metrics(metrics)
    print(", ".join(f"{rubric}: kappa {metrics[f'{rubric}_kappa_quadratic']:.2f}" for rubric in RUBRICS))


if __name__ == "__main__":
    stage.run_stage(main)
