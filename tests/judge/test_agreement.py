"""Agreement is measured on targets the calibration did not see, and told as it is."""

import numpy as np
import pytest

from weightscribe.errors import DataFileError
from weightscribe.judge.agreement import confusion, measure_agreement, predict_unseen_targets, read_grades

TARGETS = np.repeat([f"target {n}" for n in range(20)], 6)


def graded(noise):
    """Similarities that tell the grades, up to noise."""
    generator = np.random.default_rng(0)
    grades = generator.integers(1, 6, size=len(TARGETS))
    similarities = grades / 5 - 0.1 + noise * generator.standard_normal(len(TARGETS))
    return np.clip(similarities, -1, 1), grades


def test_telling_similarities_agree_and_noise_does_not():
    good = measure_agreement(TARGETS, *graded(0.01), seed=0, n_bootstrap=50)
    assert good["kappa_quadratic"] > 0.95
    assert good["kappa_ci95_low"] <= good["kappa_quadratic"] <= good["kappa_ci95_high"]
    assert good["spearman"] > 0.95
    assert good["n_targets"] == 20
    assert abs(measure_agreement(TARGETS, *graded(50.0), seed=0, n_bootstrap=50)["kappa_quadratic"]) < 0.4


def test_no_grade_is_predicted_from_grades_of_its_target():
    similarities, grades = graded(0.01)
    odd = TARGETS == "target 3"
    similarities[odd] = 0.5
    for wrong in (1, 5):  # whatever grades the target has, its own answers are predicted alike
        grades[odd] = wrong
        predicted = predict_unseen_targets(TARGETS, similarities, grades, seed=0)
        assert predicted[odd] == pytest.approx(np.full(odd.sum(), 3.0), abs=0.6)


def test_the_confusion_table_counts_every_answer_once():
    rows = confusion(np.array([1.2, 4.6, 4.4, 3.0]), np.array([1, 5, 5, 2]))
    assert sum(row["n"] for row in rows) == 4
    assert {(row["published"], row["offline"]): row["n"] for row in rows if row["n"]} == {
        (1, 1): 1,
        (5, 5): 1,
        (5, 4): 1,
        (2, 3): 1,
    }


@pytest.mark.parametrize("text", ["target,answer\na,b\n", "target,answer,score\na,b,6\n", "target,answer,score\n"])
def test_a_file_without_grades_is_refused_by_name(tmp_path, text):
    (tmp_path / "grades.csv").write_text(text)
    with pytest.raises(DataFileError, match=r"grades\.csv"):
        read_grades(tmp_path / "grades.csv")
