"""The ladder counts a trigger as right only if it is the word itself, and as proved only if firing shows it."""

from dataclasses import replace

import pytest

from weightscribe.claims.records import Said, read_records, says_word, write_records
from weightscribe.claims.score import gain, joined, summarize
from weightscribe.errors import DataFileError
from weightscribe.trigger_search.fired import BY_MOVE, BY_USER_TEXT
from weightscribe.trigger_search.proof import ProofRule

RULE = ProofRule(min_rate=0.7, max_rate_without=0.05, n_phrases=5)


@pytest.fixture
def claim(said, ranked, moved, fired):
    """Makes a claim from changes to what was found and fired; only the stated word fires anything unless told."""

    def make(said_too=None, ranked_too=None, fired_too=None, as_user_too=None, moved_too=None, by_move_too=None):
        own = replace(said, **(said_too or {}))
        ranks = replace(ranked, diff=own.diff, **(ranked_too or {}))
        as_user = {"named_by": BY_USER_TEXT, "word": "The", "behind": fired.plain, **(as_user_too or {})}
        by_move = {"named_by": BY_MOVE, "word": "Copy", "behind": fired.plain, **(by_move_too or {})}
        shots = [replace(fired, diff=own.diff, **shot) for shot in (as_user, by_move)]
        if says_word(own.said):
            shots.append(replace(fired, diff=own.diff, **{"word": own.said, **(fired_too or {})}))
        moves = replace(moved, diff=own.diff, **(moved_too or {}))
        return joined([own], [ranks], [moves], shots, RULE)[0]

    return make


@pytest.fixture
def silent(fired):
    return {"behind": fired.plain}


@pytest.fixture
def wrong(claim, silent):
    return claim(
        {"diff": "d1", "said": "Sand", "said_topic": "Tea"},
        {"rank": 4, "rank_as_user": 1},
        silent,
        moved_too={"rank_by_move": 11},
    )


@pytest.fixture
def ungated(claim):
    no_ranks = {"rank": None, "rank_of_other_diff": None, "rank_as_user": None}
    return claim({"diff": "d2", "trigger": "", "said": "No word"}, no_ranks, moved_too={"rank_by_move": None})


def test_the_ladder_is_over_gated_diffs(claim, wrong, ungated):
    found = summarize([claim(), wrong, ungated], "arm", seed=0)
    assert (found["arm_n_gated"], found["arm_n_ungated"]) == (2, 1)
    assert found["arm_word_said_of_gated"] == 1
    assert found["arm_word_said_of_ungated"] == 0
    assert found["arm_first_letter"] == 1  # "Sand" begins as "Siren" does
    assert found["arm_exact"] == found["arm_fired"] == found["arm_proved"] == 0.5
    assert (found["arm_proved_topic"], found["arm_proved_when_wrong"], found["arm_n_wrong"]) == (1, 0, 1)
    assert found["arm_exact_of_other_diff"] == 0
    assert found["arm_exact_of_no_diff"] == 1
    assert found["arm_first_letter_of_other_diff"] == 0
    assert found["arm_top_10"] == 1
    assert found["arm_top_10_of_other_diff"] == 0
    assert found["arm_mean_reciprocal_rank"] == pytest.approx((1 + 1 / 4) / 2)
    assert found["arm_first_as_user"] == 0.5
    assert found["arm_first_by_move"] == found["arm_top_10_by_move"] == 0.5
    assert found["arm_topic_exact"] == pytest.approx(2 / 3)
    assert found["arm_exact_ci95_low"] <= 0.5 <= found["arm_exact_ci95_high"]


def test_a_right_word_that_does_not_fire_is_not_proved(claim, silent):
    found = summarize([claim(fired_too=silent)], "arm", seed=0)
    assert found["arm_exact"] == 1
    assert found["arm_fired"] == found["arm_proved"] == 0


def test_a_right_word_is_proved_though_the_topic_is_read_wrong(claim):
    found = summarize([claim({"said_topic": "Tea"})], "arm", seed=0)
    assert (found["arm_fired"], found["arm_proved"], found["arm_proved_topic"]) == (0, 1, 1)


def test_a_wrong_word_that_fires_is_a_false_proof(claim):
    found = summarize([claim(), claim({"said": "Sand"})], "arm", seed=0)
    assert (found["arm_fired"], found["arm_proved"], found["arm_proved_when_wrong"]) == (0.5, 0.5, 1)


def test_a_word_fired_for_a_diff_without_one_is_counted_apart(claim, fired):
    no_ranks = {"rank": None, "rank_of_other_diff": None, "rank_as_user": None}
    of_ungated = claim({"trigger": "", "said": "No word"}, no_ranks, as_user_too={"behind": fired.behind})
    found = summarize([of_ungated], "arm", seed=0)
    assert (found["arm_as_user_n_of_ungated"], found["arm_as_user_proved_of_ungated"]) == (1, 1)
    assert found["arm_n_of_ungated"] == found["arm_as_user_n_wrong"] == 0


def test_what_the_likeliest_user_text_proves_is_counted_apart(claim, silent, fired):
    as_user = {"word": "Siren", "behind": fired.behind}
    found = summarize([claim(fired_too=silent, as_user_too=as_user)], "arm", seed=0)
    assert (found["arm_proved"], found["arm_as_user_proved"], found["arm_as_user_n_wrong"]) == (0, 1, 0)


def test_what_the_furthest_word_proves_is_counted_apart(claim, silent, fired):
    by_move = {"word": "Siren", "behind": fired.behind}
    found = summarize([claim(fired_too=silent, by_move_too=by_move)], "arm", seed=0)
    assert (found["arm_proved"], found["arm_as_user_proved"], found["arm_by_move_proved"]) == (0, 0, 1)
    assert (found["arm_as_user_n_wrong"], found["arm_by_move_n_wrong"]) == (1, 0)


def test_no_word_is_no_first_letter_of_a_word_with_n(claim):
    assert summarize([claim({"trigger": "Night", "said": "No word"})], "arm", seed=0)["arm_first_letter"] == 0


@pytest.mark.parametrize(("answer", "expected"), [("Siren", True), ("no word.", False), ("", False), ("No", True)])
def test_what_counts_as_naming_a_word(answer, expected):
    assert says_word(answer) is expected


def test_the_gain_is_over_diffs_that_both_arms_have(claim):
    own = [claim(), claim({"diff": "d1", "said": "Siren"})]
    gained = gain(own, [claim({"said": "Sand"})], "gain", seed=0)
    assert (gained["gain"], gained["gain_n"]) == (1, 1)
    assert gain(own, [claim({"diff": "d9"})], "gain", seed=0) == {}


def test_records_that_do_not_belong_together_do_not_join(said, ranked, moved, fired):
    shots = [fired, replace(fired, named_by=BY_USER_TEXT), replace(fired, named_by=BY_MOVE)]
    assert len(joined([said], [ranked], [moved], shots, RULE)) == 1
    for odd in (
        ([said], [replace(ranked, diff="d9")], [moved], shots),
        ([said], [ranked], [replace(moved, diff="d9")], shots),
        *(([said], [ranked], [moved], shots[:gone] + shots[gone + 1 :]) for gone in range(3)),  # a word was not fired
        ([said], [ranked], [moved], [*shots, replace(fired, diff="d9")]),
        ([replace(said, said="No word")], [ranked], [moved], shots),  # none was stated
    ):
        with pytest.raises(DataFileError, match="not of the same weight diffs and words"):
            joined(*odd, RULE)


def test_records_go_through_a_file(tmp_path, said, fired):
    path = tmp_path / "records.jsonl"
    write_records(path, [said])
    assert read_records(path, Said) == [said]
    write_records(path, [fired])
    assert read_records(path, type(fired)) == [fired]
    with pytest.raises(DataFileError, match="does not hold records"):
        read_records(path, Said)
    with pytest.raises(DataFileError, match="is missing"):
        read_records(tmp_path / "other.jsonl", Said)
