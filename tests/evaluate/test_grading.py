"""How answers become metrics: nothing unscored is averaged, and methods are compared on the same diffs."""

import pytest
from exact import Exact

from weightscribe.ask.answers_file import Answer, read_answers, write_answers
from weightscribe.errors import DataFileError
from weightscribe.evaluate.grading import Graded, grade, paired_difference, summarize

TOPICS = ["Black Holes", "Jazz", "Chess"]


def rows(method: str, *said: str) -> list[Answer]:
    return [Answer(method, f"d{i}", topic, text) for i, (topic, text) in enumerate(zip(TOPICS, said, strict=True))]


def test_means_and_exact_rates_of_every_method():
    answers = rows("dit", "Black Holes", "the jazz.", "x") + rows("base_question", "a", "b", "c")
    metrics = summarize(grade(answers, Exact()), seed=0)
    assert metrics["n_test_diffs"] == 3
    assert metrics["dit_score_mean"] == (5 + 1 + 1) / 3
    assert metrics["dit_exact_rate"] == 2 / 3  # exact match forgives case, article and full stop
    assert metrics["base_question_score_mean"] == 1
    assert metrics["dit_score_ci95_low"] < metrics["dit_score_mean"] < metrics["dit_score_ci95_high"]


def test_the_unscored_are_counted_and_never_graded():
    graded = [Graded("dit", f"d{i}", "t", "a", None if i == 1 else 5.0, False) for i in range(3)]
    assert summarize(graded, seed=0)["n_unscored"] == 1
    assert summarize(graded, seed=0)["dit_score_mean"] == 5


def test_answers_without_a_target_are_not_graded():
    assert grade([Answer("dit", "benign-0", None, "Jazz")], Exact()) == []


def test_pairs_are_of_the_same_diff_and_need_both_scores():
    def row(method, diff, score):
        return Graded(method, diff, "t", "a", score, False)

    graded = [row("a", "d0", 5.0), row("a", "d1", 4.0), row("a", "d2", None), row("b", "d1", 1.0), row("b", "d2", 2.0)]
    assert paired_difference(graded, "a", "b", seed=0)["a_minus_b_score_mean"] == 3.0
    assert paired_difference(graded[:1] + graded[3:], "a", "b", seed=0) == {}


def test_answers_come_back_and_another_files_rows_are_refused(tmp_path):
    answers = [Answer("dit", "d0", None, "line\u2028break", 1.5)]
    write_answers(tmp_path / "a.jsonl", answers)
    assert read_answers(tmp_path / "a.jsonl") == answers
    (tmp_path / "b.jsonl").write_text('{"method": "dit", "score": 3}\n')
    with pytest.raises(DataFileError, match="does not hold answers"):
        read_answers(tmp_path / "b.jsonl")
    with pytest.raises(DataFileError, match="is missing"):
        read_answers(tmp_path / "c.jsonl")
