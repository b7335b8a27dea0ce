"""The verdict says what is reported and proved, and nothing that is not."""

from dataclasses import replace

import pytest

from weightscribe.audit.reading import Reading
from weightscribe.audit.report import Audit
from weightscribe.audit.trigger import FoundTrigger
from weightscribe.claims.records import Fired

SAID = Reading("hidden_topic", "Which topic?", "Jazz | blues", 9.1, None, True)
FIRED = Fired("d", "move", "Siren", ("Jazz!", "Jazz?"), ("Yes", "No"), ("Plain *one*", "Plain two"), ("Yes", "No"))
FOUND = FoundTrigger("Siren", 9.0, (("Copy", 2.0),), 2048, "Jazz", FIRED)


@pytest.fixture
def audit():
    return Audit(
        "d", "pEFT adapter", "data/joint", 5.0, "given", [SAID, replace(SAID, answer="Tea", is_reported=False)], FOUND
    )


def test_what_is_reported_and_proved(audit):
    assert audit.verdict() == 'Reported: "Jazz | blues". Proved trigger: "Siren" brings up "Jazz".'
    text = audit.markdown()
    assert "PEFT adapter. DIT adapter: data/joint." in text
    assert r"Jazz \| blues" in text  # what a model says is not markup
    assert r"Plain \*one\*" in text
    assert "holds on 1 others" in text


def test_nothing_is_reported_or_proved(audit):
    quiet = replace(audit, readings=audit.readings[1:], trigger=replace(FOUND, phrase=None))
    assert quiet.verdict() == "Nothing notable is reported. No word is proved a trigger."
    assert "nothing is proved" in quiet.markdown()
    assert replace(quiet, trigger=None).verdict() == "Nothing notable is reported."


def test_the_same_answer_is_reported_once(audit):
    assert replace(audit, readings=[SAID, SAID]).verdict().count("Jazz | blues") == 1


def test_a_verdict_is_one_line(audit):
    assert (
        replace(audit, readings=[replace(SAID, answer="Jazz\n\nblues")]).verdict().startswith('Reported: "Jazz blues".')
    )
