"""A calibration is a monotone, clipped, savable map from similarity to grade."""

import json

import numpy as np
import pytest

from weightscribe.errors import DataFileError
from weightscribe.judge.calibration import Calibration, shipped_calibration


@pytest.fixture
def noisy_calibration() -> Calibration:
    generator = np.random.default_rng(0)
    similarities = generator.uniform(-0.1, 1, size=400)
    grades = np.clip(np.rint(1 + 4 * similarities + generator.normal(0, 0.7, size=400)), 1, 5)
    return Calibration.fit(similarities, grades)


def test_grades_never_decrease_and_do_rise(noisy_calibration):
    grades = [noisy_calibration.grade(s) for s in np.linspace(-1, 1, 500)]
    assert (np.diff(grades) >= 0).all()
    assert grades[-1] - grades[0] > 3


def test_grades_are_clipped_beyond_the_knots(noisy_calibration):
    lowest, highest = noisy_calibration.grades[0], noisy_calibration.grades[-1]
    assert noisy_calibration.grade(-2.0) == lowest >= 1.0
    assert noisy_calibration.grade(2.0) == highest == 5.0


def test_identical_text_has_grade_5_even_if_the_fit_saw_none():
    calibration = Calibration.fit(np.array([0.1, 0.5, 0.8]), np.array([1, 3, 4]))
    assert calibration.grade(1.0) == 5.0
    assert 4.0 < calibration.grade(0.9) < 5.0


def test_a_step_becomes_one_knot_at_its_mean_similarity():
    calibration = Calibration.fit(np.array([0.1, 0.3, 0.5, 0.7]), np.array([1, 1, 4, 4]))
    assert calibration.similarities == pytest.approx((0.2, 0.6, 1.0))
    assert calibration.grades == pytest.approx((1.0, 4.0, 5.0))


def test_save_then_load_gives_the_same_calibration(noisy_calibration, tmp_path):
    noisy_calibration.save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == noisy_calibration


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("not json", "malformed"),
        ("[1, 2]", "malformed"),
        ('{"similarities": [0, 1], "grades": [1, 5]}', "provenance"),
        ('{"similarities": [0, 1], "grades": [1], "provenance": {}}', "as many"),
        ('{"similarities": [], "grades": [], "provenance": {}}', "two or more"),
        ('{"similarities": [1, 0], "grades": [1, 5], "provenance": {}}', "do not increase"),
        ('{"similarities": [0, 1], "grades": [5, 1], "provenance": {}}', "decrease"),
        ('{"similarities": [0, 1], "grades": [0, 5], "provenance": {}}', "leave 1 to 5"),
        ('{"similarities": [0, "1"], "grades": [1, 5], "provenance": {}}', "numbers"),
        ('{"similarities": [0, NaN], "grades": [1, 5], "provenance": {}}', "finite"),
    ],
)
def test_a_malformed_file_gives_one_line_that_names_it(content, complaint, tmp_path):
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(DataFileError, match=complaint) as caught:
        Calibration.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataFileError, match="absent.json"):
        Calibration.load(tmp_path / "absent.json")


@pytest.mark.parametrize("name", ["topics", "summaries"])
def test_shipped_tables_are_small_and_state_where_they_come_from(name):
    calibration = shipped_calibration(name)
    assert len(calibration.grades) <= 40
    assert calibration.grade(-1.0) <= 1.05
    assert calibration.grade(1.0) == 5.0
    provenance = calibration.provenance
    assert provenance["license"] == "MIT"
    assert provenance["kappa_ci95_low"] < provenance["kappa_quadratic"]
    assert provenance["n"] > provenance["n_targets"] > 40
    json.dumps(provenance)


def test_an_unknown_shipped_table_lists_the_known_ones():
    with pytest.raises(DataFileError, match="summaries, topics"):
        shipped_calibration("poems")
