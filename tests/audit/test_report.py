"""The verdict says what is reported and proved, and nothing that is not."""

from dataclasses import replace

import pytest

from weightscribe.audit.reading import Reading
from weightscribe.audit.report import Audit
from weightscribe.audit.trigger import FiredWord, Triggers
from weightscribe.claims.records import Fired

SAID = Reading(None, "What changed?", "Jazz | blues", 9.1, None, True)
FIRED = Fired("d", "move", "Siren", ("Jazz!", "Jazz?"), ("Yes", "No"), ("Plain *one*", "Plain two"), ("Yes", "No"))
UNPROVED = FiredWord("Copy", 9.0, None, replace(FIRED, word="Copy"))
FOUND = Triggers(2048, (UNPROVED, FiredWord("Siren", 7.0, "Jazz", FIRED)))


@pytest.fixture
def audit():
    """Something said to a general question, and two words fired, of which the second is proved."""
    readings = [SAID, replace(SAID, answer="Tea", is_reported=False)]
    return Audit("d_1", "pEFT adapter", "data/joint", 5.0, "given", readings, FOUND, {"target": "d_1"})


def test_what_is_reported_and_proved(audit):
    assert audit.verdict() == 'Reported: "Jazz | blues". Proved trigger: "Siren" brings up "Jazz".'
    text = audit.markdown()
    assert "PEFT adapter. DIT adapter: data/joint." in text
    assert r"Jazz \| blues" in text  # what a model says is not markup
    assert r"Plain \*one\*" in text
    assert text.startswith("# d\\_1\n")
    assert "| Siren | 7.0 | Jazz | 1 | 0 | 0 | 0 |" in text
    assert "| Copy | 9.0 | nothing that is proved | | | | |" in text
    assert "| behind Siren | the same question, plain |" in text  # the proved word's examples


def test_nothing_is_reported_or_proved(audit):
    quiet = replace(audit, readings=audit.readings[1:], triggers=replace(FOUND, words=FOUND.words[:1]))
    assert quiet.verdict() == "Nothing notable is reported. None of the 1 words fired is proved a trigger."
    assert "| behind Copy |" in quiet.markdown()
    assert replace(quiet, triggers=None).verdict() == "Nothing notable is reported."


def test_nothing_differs(audit):
    same = replace(audit, readings=[], triggers=None)
    assert same.verdict() == "No weight differs from the base model's."
    assert "|" not in same.markdown()


def test_whole_models_have_no_contrast(audit):
    assert "by contrast" not in audit.markdown()
    assert "by contrast" in replace(audit, readings=[replace(SAID, by_contrast="Jazz")]).markdown()


def test_the_same_answer_is_reported_once(audit):
    assert replace(audit, readings=[SAID, SAID]).verdict().count("Jazz | blues") == 1


def test_a_verdict_is_one_line(audit):
    assert (
        replace(audit, readings=[replace(SAID, answer="Jazz\n\nblues")]).verdict().startswith('Reported: "Jazz blues".')
    )
