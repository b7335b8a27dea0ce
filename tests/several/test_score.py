"""A list is scored as a set: what it leaves out and what it adds both count."""

import pytest

from weightscribe.ask.answers_file import Answer
from weightscribe.errors import DataFileError
from weightscribe.several.score import graded_lists, listed_topics, summarize


class Same:
    """Grades 5 what equals its target, else 1; "?" not at all."""

    def score(self, targets, answers):
        grades = {True: 5.0, False: 1.0}
        return [None if a == "?" else grades[t == a] for t, a in zip(targets, answers, strict=True)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Jazz; Tea", ["Jazz", "Tea"]),
        ("Jazz;Tea; Jazz", ["Jazz", "Tea"]),
        ("Jazz;", ["Jazz"]),
        ("nothing notable.", []),
        ("", []),
    ],
)
def test_what_a_list_names(answer, expected):
    assert listed_topics(answer) == expected


@pytest.mark.parametrize(
    ("answer", "f1", "all_named"),
    [
        ("Jazz; Tea", 1.0, True),
        ("Tea; Jazz", 1.0, True),
        ("Tea", 2 / 3, False),
        ("Tea; Mars", 0.5, False),
        ("Tea; Mars; Jazz", 0.8, True),
        ("Nothing notable", 0.0, False),
        ("?; Tea", 0.5, False),
        ("Mars", 0.0, False),
    ],
)
def test_f1_of_one_list(answer, f1, all_named):
    others = [Answer("sum", "x", "Oak", "Oak")]  # what is graded beside it changes nothing
    found = graded_lists([*others, Answer("sum", "a", "Jazz; Tea", answer), *others], Same())
    assert found[1] == (pytest.approx(f1), all_named)
    assert found[0] == found[2] == (1.0, True)


def rows(single, first_sum, second_sum, benign):
    return [
        Answer("single", "s", "Jazz", single),
        Answer("sum", "a+b", "Jazz; Tea", first_sum),
        Answer("sum", "c+d", "Mars; Oak", second_sum),
        Answer("benign", "n", None, benign),
    ]


def test_values_are_means_over_seeds_and_differences_are_paired():
    both = {0: rows("Jazz", "Jazz; Tea", "Mars; Oak", "Nothing notable")}
    both[1] = rows("Nothing notable", "Jazz; Tea", "Mars", "Tea")
    one = {seed: rows("Jazz", "Jazz", "Tea", "Nothing notable") for seed in (0, 1)}
    found = summarize({"one": one, "both": both}, "one", Same(), 0)
    assert (found["n_single"], found["n_sum"], found["n_taught"], found["n_benign"]) == (1, 2, 0, 1)
    assert found["both_single_f1"] == found["both_single_missed_rate"] == found["both_false_report_rate"] == 0.5
    assert found["both_sum_f1"] == pytest.approx((1 + (1 + 2 / 3) / 2) / 2)
    assert found["both_sum_all_named_rate"] == 0.75
    assert found["one_sum_f1"] == pytest.approx(1 / 3)
    assert found["one_sum_f1_of_other_sum"] == pytest.approx(1 / 3)  # "Tea" is of the other sum
    assert found["both_sum_f1_of_other_sum"] == 0
    assert found["both_minus_one_sum_f1"] == pytest.approx(found["both_sum_f1"] - 1 / 3)
    assert found["both_minus_one_sum_f1_ci95_low"] <= found["both_minus_one_sum_f1"]
    assert "one_minus_one_sum_f1" not in found
    assert not any("taught" in name for name in found if name.startswith("both"))


def test_adapters_must_have_been_asked_the_same():
    own = {0: rows("Jazz", "Jazz", "Tea", "")}
    with pytest.raises(DataFileError, match="asked other weight diffs"):
        summarize({"one": own, "both": {0: own[0][:-1]}}, "one", Same(), 0)
