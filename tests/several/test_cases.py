"""Rows ask of single diffs and of sums, all of one size; answers list every topic and nothing else."""

import pytest

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import sum_of, whole_norm
from weightscribe.several.cases import (
    BENIGN,
    HELD_OUT_QUESTION,
    QUESTIONS,
    SINGLE,
    SUM,
    TAUGHT,
    draw_rows,
    list_questions,
)

NORM = 3.0  # as in conftest


def test_without_sums_each_row_is_one_diff_as_it_is(labelled):
    rows = draw_rows(labelled, 8, 0.0, NORM, 0)
    of_name = {each.weight_diff.name: each for each in labelled}
    for row in rows:
        own = of_name[row.weight_diff.name]
        assert row.weight_diff is own.weight_diff
        assert row.answer == own.row["answer"]
    assert sorted(row.weight_diff.name for row in rows) == sorted([*of_name] * 2)


def test_a_sum_is_of_two_topics_and_as_large_as_one_diff(labelled):
    rows = draw_rows(labelled, 40, 1.0, NORM, 0)
    answers = {row.answer for row in rows}
    assert {"Jazz; Tea", "Tea; Jazz"} <= answers  # in either order
    assert {"Tea", "Mars"} <= answers  # beside a benign diff; Jazz has the benign diff's own topic
    assert NOTHING not in answers
    for row in rows:
        assert row.weight_diff.rank == 2
        assert whole_norm(row.weight_diff) == pytest.approx(NORM, rel=1e-4)
        topics = row.answer.split("; ")
        assert len(set(topics)) == len(topics)


def test_half_and_half_by_seed(labelled):
    rows = draw_rows(labelled, 200, 0.5, NORM, 0)
    assert 70 < sum(row.weight_diff.rank == 2 for row in rows) < 130
    assert {row.question for row in rows} == set(QUESTIONS)
    assert HELD_OUT_QUESTION not in QUESTIONS

    def texts(seed):
        return [(row.weight_diff.name, row.question, row.answer) for row in draw_rows(labelled, 20, 0.5, NORM, seed)]

    assert texts(0) == texts(0)
    assert texts(0) != texts(1)


def test_every_kind_is_asked(labelled):
    taught = LabelledDiff(
        sum_of([labelled[0].weight_diff, labelled[1].weight_diff]),
        {"name": "t", "parts": [{"topic": "Jazz"}, {"topic": "Tea"}]},
    )
    asked = list_questions(labelled, [taught], 5, NORM, 0)
    assert [each.kind for each in asked] == [SINGLE, SINGLE, SINGLE, BENIGN, *[SUM] * 5, TAUGHT]
    assert asked[3].topics == ()
    assert asked[-1].topics == ("Jazz", "Tea")
    for each in asked:
        assert whole_norm(each.diff) == pytest.approx(NORM, rel=1e-4)
        if each.kind == SUM:
            assert len(set(each.topics)) == 2


def test_one_topic_alone_cannot_be_added_up(labelled):
    with pytest.raises(DataFileError, match="Raise simulate_claims.n_train"):
        draw_rows([labelled[0], labelled[3]], 4, 0.5, NORM, 0)
    with pytest.raises(DataFileError, match="Raise simulate_claims.n_test"):
        list_questions([labelled[0], labelled[3]], [], 1, NORM, 0)
