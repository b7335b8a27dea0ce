"""Probe sets: the diffs on which nothing was chosen are also scored by themselves."""

from weightscribe.evaluate.grading import Graded
from weightscribe.evaluate.probes import fresh_scores

GRADED = [
    Graded(method, diff, "Tea", "Tea", score, exact=False)
    for method, scores in {
        "word_dit": (1.0, 4.0, 5.0, None),
        "word_base_question": (1.0, 1.0, 1.0, 1.0),
        "mark_dit": (2.0, 2.0),
    }.items()
    for diff, score in zip("abcd", scores, strict=False)
]


def test_only_diffs_that_nothing_was_chosen_on_count():
    metrics = fresh_scores(GRADED, ["word", "mark"], {"a", "b"}, seed=0)
    assert metrics["n_word_fresh"] == 2  # one of them unscored
    assert metrics["word_fresh_dit_score_mean"] == 5.0
    assert not any("mark" in name for name in metrics)


def test_where_nothing_was_chosen_all_are_fresh():
    assert fresh_scores(GRADED, ["mark"], set(), seed=0) == {
        "mark_fresh_dit_score_mean": 2.0,
        "mark_fresh_dit_score_ci95_low": 2.0,
        "mark_fresh_dit_score_ci95_high": 2.0,
        "n_mark_fresh": 2,
    }
