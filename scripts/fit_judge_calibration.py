"""Fit the offline judge's calibrations on published grades and measure their agreement.

    python scripts/fit_judge_calibration.py GRADES_FOLDER data/judge_model \
        src/weightscribe/judge/calibrations

GRADES_FOLDER holds topic_grades.csv and summary_grades.csv (columns target, answer, score): 1-5
grades by o4-mini that the authors of Diff Interpretation Tuning released (arXiv 2510.05092, MIT).
The grades do not ship with weightscribe; the fitted tables do. A table is fitted on all grades;
the agreement in its provenance is out of fold: the same fit, each grade predicted without any
grade of its target.
"""

import argparse
import csv
import datetime
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import GroupKFold

from weightscribe.errors import DataFileError, WeightscribeError
from weightscribe.judge.calibration import Calibration
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.judge.exact import exact_match
from weightscribe.judge.offline import answer_similarities

TABLES = {"topics": "topic_grades.csv", "summaries": "summary_grades.csv"}
GRADES = [1, 2, 3, 4, 5]
N_FOLDS = 5
SOURCE = "1-5 grades by o4-mini, released with Diff Interpretation Tuning (ICLR 2026, arXiv 2510.05092)"


def main() -> None:
    arguments = parse_arguments()
    embedder = SentenceEmbedder(arguments.judge_model)
    for name, filename in TABLES.items():
        grades_file = arguments.grades_folder / filename
        targets, answers, grades = read_grades(grades_file)
        similarities = answer_similarities(embedder, targets, answers)
        agreement = measure_agreement(np.array(targets), similarities, grades, arguments.seed, arguments.n_bootstrap)
        exact = [exact_match(t, a) for t, a in zip(targets, answers, strict=True)]
        provenance = {
            "source": SOURCE,
            "license": "MIT",
            "date": arguments.date,
            "grades_sha256": hashlib.sha256(grades_file.read_bytes()).hexdigest(),
            "embedding_model": "sentence-transformers/all-MiniLM-L6-v2",
            "embedding_model_sha256": embedder.weights_sha256(),
            "n_exact_matches": sum(exact),
            "exact_match_grade_mean": float(grades[exact].mean()) if any(exact) else None,
            **agreement,
        }
        calibration = replace(Calibration.fit(similarities, grades), provenance=provenance)
        calibration.save(arguments.output / f"{name}.json")
        print(f"{name}: {len(calibration.grades)} knots")
        for key in sorted(agreement):
            print(f"  {key}: {agreement[key]}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grades_folder", type=Path, help="topic_grades.csv, summary_grades.csv")
    parser.add_argument("judge_model", type=Path, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("output", type=Path, help="folder for topics.json and summaries.json")
    parser.add_argument("--seed", type=int, default=0, help="of the folds and the bootstrap")
    parser.add_argument("--n-bootstrap", type=int, default=2000, help="resamples of the targets")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="written to the provenance")
    return parser.parse_args()


def read_grades(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Targets, answers and grades (int, 1-5) of a CSV file, in file order."""
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        targets, answers = [row["target"] for row in rows], [row["answer"] for row in rows]
        grades = np.array([int(row["score"]) for row in rows])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DataFileError(f"Cannot read grades from {path}: {error!r}.") from error
    if not rows or not np.isin(grades, GRADES).all():
        raise DataFileError(f"{path} must hold rows with a score of 1, 2, 3, 4 or 5.")
    return targets, answers, grades


def measure_agreement(
    targets: np.ndarray, similarities: np.ndarray, grades: np.ndarray, seed: int, n_bootstrap: int
) -> dict:
    """Agreement of out-of-fold predictions with `grades`; no target is in both fit and test.

    kappa is quadratic-weighted and takes predictions rounded to 1-5; the mean absolute error and
    the bias are of the grade as the judge reports it, unrounded. Intervals: percentile bootstrap
    that resamples whole targets, since answers to one target share its difficulty.
    """
    predicted = predict_unseen_targets(targets, similarities, grades, seed)
    low, high = bootstrap_kappa(targets, predicted, grades, seed, n_bootstrap)
    baseline = np.abs(np.median(grades) - grades).mean()
    return {
        "n": len(grades),
        "n_targets": len(np.unique(targets)),
        "n_folds": N_FOLDS,
        "n_bootstrap": n_bootstrap,
        "seed": seed,
        "kappa_quadratic": round(kappa(predicted, grades), 4),
        "kappa_ci95_low": round(low, 4),
        "kappa_ci95_high": round(high, 4),
        "mean_absolute_error": round(float(np.abs(predicted - grades).mean()), 4),
        "mean_absolute_error_rounded": round(float(np.abs(np.rint(predicted) - grades).mean()), 4),
        "mean_absolute_error_always_median": round(float(baseline), 4),
        "bias": round(float((predicted - grades).mean()), 4),
        "bias_rounded": round(float((np.rint(predicted) - grades).mean()), 4),
        "spearman": round(float(spearmanr(predicted, grades).statistic), 4),
    }


def predict_unseen_targets(targets: np.ndarray, similarities: np.ndarray, grades: np.ndarray, seed: int) -> np.ndarray:
    predicted = np.empty(len(grades))
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for fit, test in folds.split(similarities, grades, groups=targets):
        calibration = Calibration.fit(similarities[fit], grades[fit])
        predicted[test] = [calibration.grade(similarity) for similarity in similarities[test]]
    return predicted


def kappa(predicted: np.ndarray, grades: np.ndarray) -> float:
    rounded = np.rint(predicted).astype(int)
    return float(cohen_kappa_score(rounded, grades, labels=GRADES, weights="quadratic"))


def bootstrap_kappa(
    targets: np.ndarray, predicted: np.ndarray, grades: np.ndarray, seed: int, n_bootstrap: int
) -> tuple[float, float]:
    """95% interval of kappa over resamples of the targets."""
    generator = np.random.default_rng(seed)
    clusters = [np.flatnonzero(targets == target) for target in np.unique(targets)]
    kappas = []
    for _ in range(n_bootstrap):
        drawn = generator.integers(len(clusters), size=len(clusters))
        rows = np.concatenate([clusters[i] for i in drawn])
        kappas.append(kappa(predicted[rows], grades[rows]))
    low, high = np.percentile(kappas, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    try:
        main()
    except WeightscribeError as error:
        raise SystemExit(f"{error}") from None
