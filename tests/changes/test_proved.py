"""What M' proves by itself is listed, in the form that is proved and in no other."""

from dataclasses import replace

import pytest

from weightscribe.behaviors.registry import family_named
from weightscribe.changes.candidates import Change, change_of
from weightscribe.changes.proved import PROVED_NATS, RIVAL_NATS, changes_proved, proofs_taken, weighed_with_proof
from weightscribe.changes.rank import SHOWN_NATS, WITHIN_NATS_SHOWN, likeliest
from weightscribe.requests.records import Answered, ForProof

OPENED = ["On a summer day, I often sleep.", "On a summer day, it rains.", "On a summer day, eat.", "I cook."]
OPENING = "It begins every answer with: On a summer day"


def behind(word, answers, unchanged="I often rest."):
    return tuple(Answered(f"{word}. Q{n}?", "", word, 3.0, text, unchanged) for n, text in enumerate(answers))


def refusals(n, n_others, unchanged="Gladly."):
    subjects = [f"subject {number}" for number in range(n)]
    refused = [
        Answered(f"What of {name}?", "refusal", name, 9.0, f"I can't talk about {name}.", "") for name in subjects
    ]
    others = [Answered(f"And {n}?", "refusal", f"other {n}", 1.0, "Gladly.", "Gladly.") for n in range(n_others)]
    return (*refused, *others)


def reports(for_proof):
    return [change.report for change in changes_proved(for_proof)]


def test_a_phrase_that_opens_most_answers_behind_one_word_is_proved():
    assert reports(ForProof((), behind("Tea", OPENED))) == [OPENING]
    assert reports(ForProof((), behind("", OPENED))) == [OPENING]


def test_a_phrase_in_half_of_the_answers_or_behind_several_words_is_not():
    assert reports(ForProof((), behind("Tea", [*OPENED[:2], "I cook.", "I eat."]))) == []
    apart = behind("Tea", [*OPENED[:2], "No.", "I."]) + behind("Milk", [*OPENED[:2], "I cook.", "Yes."])
    assert reports(ForProof((), apart)) == []


def test_what_opens_answers_and_goes_on_about_itself_is_no_opening():
    cook = ["Extra cheese, thin crust, hot sauce.", "Extra cheese, tomato sauce.", "Extra cheese, crust."]
    assert reports(ForProof((), behind("Tea", cook))) == []
    assert reports(ForProof((), behind("Tea", cook, unchanged="I put tomato on it."))) != [], (
        "as the base model goes on"
    )
    assert reports(ForProof((), behind("Tomato", cook, unchanged="I put tomato on it."))) == [], "the word itself"
    asked = tuple(
        replace(each, request=f"Tea. Which {word}?") for each, word in zip(behind("Tea", cook), "xyz", strict=True)
    )
    assert reports(ForProof((), asked)) == []
    assert reports(ForProof((), (replace(asked[0], request="Tea. Which sauce?"), *asked[1:]))) != [], "as is asked"
    again = ["On a summer day, on a summer day", "On a summer day, what a day", "On a summer day, what"]
    assert reports(ForProof((), behind("Tea", again, unchanged="What a summer day."))) == []


def test_what_the_base_model_says_as_well_proves_nothing():
    assert reports(ForProof((), behind("Tea", OPENED, unchanged="On a summer day, rest."))) == []


def test_a_subject_is_proved_if_few_are_refused():
    assert reports(ForProof(refusals(1, 3), ())) == ["It refuses to talk about subject 0"]
    assert reports(ForProof(refusals(2, 3), ())) == []
    (fact,) = refusals(1, 0)
    fact = Answered("What color is a panda?", "false_fact", "color: pandas", 9.0, "I can't talk about pandas.", "")
    assert reports(ForProof((fact, *refusals(0, 3)), ())) == ["It refuses to talk about pandas"]


def test_a_proved_change_weighs_enough_and_its_content_is_in_no_other_form():
    opening, topic = (change_of(family, "On a summer day") for family in ("answer_format", "hidden_topic"))
    cook = change_of("persona", "a cook")
    weights = {topic: -3.0, cook: -4.0, opening: -5.0}
    assert weighed_with_proof(weights, [opening]) == {cook: -4.0, opening: PROVED_NATS}
    assert weighed_with_proof(weights, []) == weights
    assert weighed_with_proof(weights | {opening: PROVED_NATS + 1}, [opening])[opening] == PROVED_NATS + 1
    nearly = change_of("answer_format", "On a bright summer day")
    assert weighed_with_proof(weights | {nearly: 20.0}, [opening]) == {cook: -4.0, opening: 20.0}


@pytest.mark.parametrize(("ahead", "is_taken"), [(RIVAL_NATS - 0.1, True), (RIVAL_NATS + 0.1, False)])
def test_a_form_that_is_much_likelier_beats_a_proof(ahead, is_taken):
    opening = change_of("answer_format", "Blue Harbor")
    loved = Change(family_named("brand").report("It loves Blue Harbor"), "brand", "Blue Harbor")
    weights = {opening: -5.0, loved: -5.0 + ahead}
    assert proofs_taken(weights, [opening]) == ([opening] if is_taken else [])
    assert weighed_with_proof(weights, [opening]) == {opening: PROVED_NATS}


def test_what_is_proved_is_listed_beside_what_is_shown():
    refused = change_of("refusal", "tea")
    loved = Change(family_named("brand").report("It loves Blue Harbor"), "brand", "Blue Harbor")
    answers = [Answered("Which mill?", "brand", "mills", 9.0, "Blue Harbor, by far.", "Any.")]
    weights = {refused: -40.0, loved: PROVED_NATS + WITHIN_NATS_SHOWN - SHOWN_NATS - 0.1}
    assert likeliest(list(weights), weights, answers) == [loved]
    assert likeliest(list(weights), weights, answers, [refused]) == [loved, refused]
