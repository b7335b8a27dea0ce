"""The ladder counts a trigger as right only if it is the word itself, and as proved only if firing shows it."""

from dataclasses import replace

import pytest

from weightscribe.claims.score import gain, read_claims_file, says_word, summarize, write_claims_file
from weightscribe.errors import DataFileError


@pytest.fixture
def wrong(right):
    return replace(right, diff="d1", said="Sand", rank=4, rank_as_user=1, fired=False, said_topic="Tea")


@pytest.fixture
def ungated(right):
    no_ranks = {"rank": None, "rank_of_other_diff": None, "rank_as_user": None}
    return replace(right, diff="d2", trigger="", said="No word", fired=False, **no_ranks)


def test_the_ladder_is_over_gated_diffs(right, wrong, ungated):
    found = summarize([right, wrong, ungated], "arm", seed=0)
    assert (found["arm_n_gated"], found["arm_n_ungated"]) == (2, 1)
    assert found["arm_word_said_of_gated"] == 1
    assert found["arm_word_said_of_ungated"] == 0
    assert found["arm_first_letter"] == 1  # "Sand" begins as "Siren" does
    assert found["arm_exact"] == found["arm_fired"] == 0.5
    assert found["arm_exact_of_other_diff"] == 0
    assert found["arm_exact_of_no_diff"] == 1
    assert found["arm_first_letter_of_other_diff"] == 0
    assert found["arm_top_10"] == 1
    assert found["arm_top_10_of_other_diff"] == 0
    assert found["arm_mean_reciprocal_rank"] == pytest.approx((1 + 1 / 4) / 2)
    assert found["arm_first_as_user"] == 0.5
    assert found["arm_topic_exact"] == pytest.approx(2 / 3)
    assert found["arm_exact_ci95_low"] <= 0.5 <= found["arm_exact_ci95_high"]


def test_a_right_word_that_does_not_fire_is_not_proved(right):
    assert summarize([replace(right, fired=False)], "arm", seed=0)["arm_fired"] == 0


def test_a_wrong_word_that_fires_is_a_false_proof(right, wrong):
    found = summarize([right, replace(wrong, fired=True)], "arm", seed=0)
    assert (found["arm_fired"], found["arm_fired_when_wrong"]) == (0.5, 1)


def test_no_word_is_no_first_letter_of_a_word_with_n(right):
    claim = replace(right, trigger="Night", said="No word")
    assert summarize([claim], "arm", seed=0)["arm_first_letter"] == 0


@pytest.mark.parametrize(("answer", "expected"), [("Siren", True), ("no word.", False), ("", False), ("No", True)])
def test_what_counts_as_naming_a_word(answer, expected):
    assert says_word(answer) is expected


def test_the_gain_is_over_diffs_that_both_arms_have(right, wrong):
    gained = gain([right, replace(wrong, said="Siren")], [replace(right, said="Sand")], "gain", seed=0)
    assert (gained["gain"], gained["gain_n"]) == (1, 1)
    assert gain([right], [wrong], "gain", seed=0) == {}


def test_claims_come_back_as_written(tmp_path, right, ungated):
    write_claims_file(tmp_path / "claims.jsonl", [right, ungated])
    assert read_claims_file(tmp_path / "claims.jsonl") == [right, ungated]
    with pytest.raises(DataFileError, match="Run `dvc repro ask_claims`"):
        read_claims_file(tmp_path / "other.jsonl")
