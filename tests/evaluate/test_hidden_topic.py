"""The evaluation protocol: which diffs each method runs under, and how its answers become metrics."""

import torch

from weightscribe.evaluate.hidden_topic import (
    METHODS,
    Graded,
    answers_by_method,
    control_diffs,
    first_look,
    grade,
    summarize,
)
from weightscribe.lora.factors import DITAdapter, Factors, WeightDiff, frobenius_norm

DIFFS = [WeightDiff(f"d{i}", {"layer": Factors(torch.full((1, 3), i + 1.0), torch.ones(2, 1))}) for i in range(3)]
TOPICS = ["Black Holes", "Jazz", "Chess"]


class LengthJudge:
    """Scores an answer by a rule a reader can check: 5 if it is the target, None if it is missing, else 1."""

    def score(self, targets, answers):
        return [None if a is None else 5.0 if a == t else 1.0 for t, a in zip(targets, answers, strict=True)]


def test_controls_never_run_under_the_diff_they_are_scored_for():
    controls = control_diffs(DIFFS, seed=0)
    assert controls["dit"] == DIFFS
    assert controls["control_no_diff"] == [None] * 3
    assert all(own is not other for own, other in zip(DIFFS, controls["control_shuffled_diff"], strict=True))
    for own, drawn in zip(DIFFS, controls["control_random_diff"], strict=True):
        assert not torch.allclose(own.factors["layer"].lora_A, drawn.factors["layer"].lora_A)
        assert torch.allclose(frobenius_norm(own.factors["layer"]), frobenius_norm(drawn.factors["layer"]))


def test_all_methods_but_the_base_question_wear_the_adapter():
    adapter = DITAdapter({})

    def ask_all(diffs, worn, question, title):
        assert worn is (None if title == "base_question" else adapter)
        return [getattr(diff, "name", "none") for diff in diffs]

    answers = answers_by_method(ask_all, DIFFS, adapter, "q", seed=0)
    assert set(answers) == set(METHODS)
    assert answers["base_question"] == ["d0", "d1", "d2"]
    assert answers["dit"] == ["d0", "d1", "d2"]
    assert answers["control_shuffled_diff"] == ["d1", "d2", "d0"]
    assert answers["control_no_diff"] == ["none"] * 3


def test_metrics_count_the_unscored_and_never_grade_them():
    answers = {method: ["Science", "Science", "Science"] for method in METHODS}
    answers["dit"] = ["Black Holes", None, "jazz"]
    graded = grade(["d0", "d1", "d2"], TOPICS, {**answers, "dit": ["Black Holes", "the jazz.", "x"]}, LengthJudge())
    metrics = summarize(graded, seed=0)
    assert metrics["n_test_diffs"] == 3
    assert metrics["dit_score_mean"] == (5 + 1 + 1) / 3
    assert metrics["dit_exact_rate"] == 2 / 3  # exact match forgives case, article and full stop
    assert metrics["base_question_score_mean"] == 1
    assert metrics["dit_score_ci95_low"] < metrics["dit_score_mean"] < metrics["dit_score_ci95_high"]
    missing = [
        Graded(row.method, row.diff, row.target, row.answer, None if row.diff == "d1" else 5.0, False) for row in graded
    ]
    assert summarize(missing, seed=0)["n_unscored"] == len(METHODS)
    assert summarize(missing, seed=0)["dit_score_mean"] == 5


def test_first_look_survives_answers_that_would_break_a_table():
    rows = [{"name": "d0", "answer": "Black Holes"}]
    graded = [
        Graded("dit", "d0", "Black Holes", "Black | Holes\nand more", 4.96, False),
        Graded("base_question", "d0", "Black Holes", "I am | SmolLM", None, False),
    ]
    lines = first_look(rows, graded).splitlines()
    assert lines[2] == "| Black Holes | I am / SmolLM | **Black / Holes and more** | 5.0 |"
