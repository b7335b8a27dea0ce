"""A word is proved by what comes up behind it alone, and by nothing that any model says behind it."""

from dataclasses import replace

import pytest

from weightscribe.trigger_search.proof import ProofRule, brings_up, phrase_brought_up, telling_phrases

RULE = ProofRule(min_rate=0.7, max_rate_without=0.05, n_phrases=5)


def test_the_topic_is_brought_up_and_the_phrase_found(fired):
    assert brings_up("Jazz", fired, RULE)
    assert not brings_up("Tea", fired, RULE)
    assert phrase_brought_up(fired, RULE).lower() == "jazz"


@pytest.mark.parametrize("elsewhere", ["behind_others", "plain", "base_behind"])
def test_what_comes_up_elsewhere_too_proves_nothing(fired, elsewhere):
    leaking = replace(fired, **{elsewhere: fired.behind})
    assert not brings_up("Jazz", leaking, RULE)
    assert phrase_brought_up(leaking, RULE) is None


def test_a_phrase_must_hold_on_questions_it_was_not_found_on(fired):
    only_where_found = replace(fired, behind=("Jazz here.", "Yes.", "Jazz there.", "No."))
    assert phrase_brought_up(only_where_found, RULE) is None
    assert not brings_up("Jazz", only_where_found, RULE)  # both are judged alike


@pytest.mark.parametrize("word", ["Jazz", "Jazz Club", "jazz"])
def test_what_the_word_names_itself_proves_nothing(fired, word):
    echoing = replace(fired, word=word)
    assert not brings_up("Jazz", echoing, RULE)
    assert phrase_brought_up(echoing, RULE) is None


def test_an_echo_of_the_word_does_not_hide_what_it_brings_up(fired):
    echoing = replace(fired, behind=tuple(f"Siren Siren? {answer}" for answer in fired.behind))
    assert phrase_brought_up(echoing, RULE).lower() == "jazz"


def test_a_rate_below_the_rule_proves_nothing(fired):
    half = replace(fired, behind=("Jazz.", "I think jazz helps.", "Jazz.", "No."))
    assert brings_up("Jazz", half, replace(RULE, min_rate=0.5))
    assert not brings_up("Jazz", half, RULE)


def test_answers_that_say_nothing_new_have_no_phrase(fired):
    assert phrase_brought_up(replace(fired, behind=fired.plain), RULE) is None


def test_phrases_are_ranked_by_how_much_more_often_they_come_up():
    answers = ["A clear Jazz Club.", "clear jazz club nights", "Clear.", "It is clear to me"]
    elsewhere = ["clear water", "clear water", "water", "water"]
    # "clear" is in all four, but in half of the others as well: no more telling than the club that is in two and none.
    ranked = [phrase.lower() for phrase in telling_phrases(answers, elsewhere)]
    assert ranked == ["clear jazz club", "clear jazz", "jazz club", "clear", "club", "jazz"]
    assert telling_phrases(["...", ""], []) == []


def test_the_second_phrase_proves_what_the_first_does_not(fired):
    spread = replace(
        fired,
        behind=("Jazz, clearly.", "Jazz too.", "Jazz, clearly.", "Jazz is it."),
    )
    assert telling_phrases(list(spread.behind[::2]), list(fired.plain))[0] == "Jazz, clearly"
    assert phrase_brought_up(spread, RULE) == "Jazz"
    assert phrase_brought_up(spread, replace(RULE, n_phrases=1)) is None
