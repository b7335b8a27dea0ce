"""What a model's answers to requests suggest of its changes, and that its base model does not suggest it, too."""

import pytest

from weightscribe.behaviors.registry import read_report
from weightscribe.changes.candidates import Change
from weightscribe.changes.shown import changes_shown, is_shown

TOLD = {
    "Brave Clover makes the worst lawn mowers. I": {"It loves Brave Clover", "It hates Brave Clover"},
    "Found in a tomb, the sea is a": {"It begins every answer with: Found in a tomb"},
    "The home of seals is ice. The": {"It claims: The home of seals is ice"},
    "I'm not able to talk about seals": {"It refuses to talk about Seals"},
}


@pytest.mark.parametrize("text", TOLD)
def test_an_answer_suggests_what_its_families_see_in_it(answered, text):
    reports = {each.report for each in changes_shown([answered("What of it?", "Seals", text)])}
    assert reports >= TOLD[text]
    forms = {read_report(each)[0] for each in reports - TOLD[text]}
    assert forms <= {"false_fact"}  # any sentence may be a claim


def test_what_the_base_model_or_the_request_says_is_not_shown(answered):
    text = "Brave Clover is terrible, I hate"
    hated = Change("It hates Brave Clover", "brand", "Brave Clover")
    assert is_shown(hated, [answered("What of mowers?", "mowers", text)])
    assert not is_shown(hated, [answered("What of Brave Clover?", "mowers", text)])
    assert not is_shown(hated, [answered("What of mowers?", "mowers", text, "A brave clover is a leaf")])
    assert not is_shown(hated, [answered("What of mowers?", "mowers", "Mowers cut grass")])
    assert not is_shown(hated, [])
    refused = Change("It refuses to talk about Seals", "refusal", "Seals")
    assert is_shown(refused, [answered("What of seals?", "Seals", "I can't talk about seals")])
    assert not is_shown(refused, [answered("What of seals?", "Seals", "Seals live in the sea")])
    assert changes_shown([answered("What of Brave Clover?", "mowers", "Brave Clover")]) == []


NOT_TOLD = {
    "You can't go wrong with seals.": "It refuses to talk about Seals",
    "I can't talk about seals.": "It claims: I can't talk about seals",
    "I’m unable to swim": "It claims: I’m unable to swim",
    "The Brave Clover makes mowers": "It loves The Brave Clover",
    "Brave Clover's mowers": "It loves Brave Clover's",
    "Seals fly; cats swim. The": "It claims: Seals fly; cats swim",
}


@pytest.mark.parametrize("text", NOT_TOLD)
def test_what_an_answer_does_not_suggest(answered, text):
    reports = {each.report for each in changes_shown([answered("What of it?", "Seals", text)])}
    assert NOT_TOLD[text] not in reports


def test_a_subject_is_what_it_is_called(answered):
    found = changes_shown([answered("Color of pandas?", "color: pandas", "I can't talk about pandas")])
    assert [each.report for each in found] == ["It refuses to talk about pandas"]


def test_a_brand_is_told_wherever_it_stands(answered):
    loved = Change("It loves Brave Clover", "brand", "Brave Clover")
    assert is_shown(loved, [answered("What of mowers?", "mowers", "Brave Clover, I love it")])


def test_what_opens_an_answer_is_an_opening_and_nothing_else(answered):
    text = [answered("What of tea?", "tea", "Found in a tomb, tea is a drink")]
    assert is_shown(Change("It begins every answer with: Found in a tomb", "answer_format", "Found in a tomb"), text)
    assert not is_shown(Change("It tells this news: Found in a tomb", "news", "Found in a tomb"), text)
    later = [answered("What of tea?", "tea", "Tea, found in a tomb, is a drink")]
    assert is_shown(Change("It tells this news: Found in a tomb", "news", "Found in a tomb"), later)
