"""How far the offline judge agrees with published grades of an LLM judge, on targets it was not fitted on."""

import csv
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score, confusion_matrix
from sklearn.model_selection import GroupKFold

from weightscribe.errors import DataFileError
from weightscribe.judge.calibration import Calibration

GRADES = [1, 2, 3, 4, 5]
N_FOLDS = 5


def read_grades(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Targets, answers and grades (int, 1-5) of a CSV file, in file order.  Raises: DataFileError."""
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
    """The grade (n,) of each answer by a calibration that saw no answer to its target."""
    predicted = np.empty(len(grades))
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for fit, test in folds.split(similarities, grades, groups=targets):
        calibration = Calibration.fit(similarities[fit], grades[fit])
        predicted[test] = [calibration.grade(similarity) for similarity in similarities[test]]
    return predicted


def confusion(predicted: np.ndarray, grades: np.ndarray) -> list[dict]:
    """How often each published grade was given each grade, the offline one rounded: rows of a plot."""
    counts = confusion_matrix(grades, np.rint(predicted).astype(int), labels=GRADES)
    return [
        {"published": published, "offline": offline, "n": int(counts[row, column])}
        for row, published in enumerate(GRADES)
        for column, offline in enumerate(GRADES)
    ]


def kappa(predicted: np.ndarray, grades: np.ndarray) -> float:
    """Quadratic-weighted kappa of the rounded predictions."""
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
