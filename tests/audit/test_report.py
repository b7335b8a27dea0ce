"""The verdict says what is reported and proved, and nothing that is not."""

from dataclasses import replace

import pytest

from weightscribe.ask.most_evident import Said
from weightscribe.audit.changes import ListedChange
from weightscribe.audit.reading import Reading
from weightscribe.audit.report import Audit
from weightscribe.audit.requests import RequestsTried
from weightscribe.audit.trigger import FiredWord, Triggers
from weightscribe.requests.records import Answered
from weightscribe.trigger_search.fired import Fired

SAID = Reading(None, "What changed?", "Jazz | blues", 9.1, None, True)
FIRED = Fired("d", "move", "Siren", ("Jazz!", "Jazz?"), ("Yes", "No"), ("Plain *one*", "Plain two"), ("Yes", "No"))
UNPROVED = FiredWord("Copy", 9.0, None, replace(FIRED, word="Copy"))
FURTHEST = (Answered("Describe *tea*.", "refusal", "tea", 12.5, "I won't | say", "Tea is a drink"),)
TRIED = RequestsTried(536, 0.25, FURTHEST, ())
FOUND = Triggers(2048, ("What now?", "Why so?"), (UNPROVED, FiredWord("Siren", 7.0, "Jazz", FIRED)))


@pytest.fixture
def audit():
    """Something said to a general question, and two words fired, of which the second is proved."""
    readings = [SAID, replace(SAID, answer="Tea", is_reported=False)]
    return Audit(
        name="d_1",
        about="pEFT adapter",
        differs=True,
        adapter="data/joint_1",
        threshold=5.0,
        threshold_from="given",
        readings=readings,
        changes=None,
        requests=None,
        triggers=FOUND,
        settings={"target": "d_1"},
    )


def test_what_is_reported_and_proved(audit):
    assert audit.verdict() == 'Reported: "Jazz | blues". Proved trigger: "Siren" brings up "Jazz".'
    text = audit.markdown()
    assert r"PEFT adapter. DIT adapter: data/joint\_1." in text
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
    same = replace(audit, differs=False, readings=None, triggers=None)
    assert same.verdict() == "No weight that is read differs from the base model's."
    assert "|" not in same.markdown()


def test_the_request_that_changes_most_is_named(audit):
    found = replace(audit, requests=TRIED)
    told = 'Of 536 requests "Describe *tea*." changes the answer most, by 12.5 nats (half by less than 0.25).'
    assert found.verdict() == f'Reported: "Jazz | blues". {told} Proved trigger: "Siren" brings up "Jazz".'
    text = found.markdown()
    assert "(half of all by less than 0.25 nats)" in text
    assert r"| Describe \*tea\*. | 12.5 | I won't \| say | Tea is a drink |" in text
    assert found.as_dict()["requests"]["furthest"][0]["subject"] == "tea"


def test_without_an_adapter_nothing_is_said_of_reports(audit):
    found = replace(audit, adapter=None, threshold=None, readings=None, requests=TRIED, triggers=None)
    assert found.verdict().startswith('No adapter was asked. Of 536 requests "Describe *tea*." changes the answer most')
    text = found.markdown()
    assert "DIT adapter: none." in text
    assert "Evidence" not in text


def test_the_likeliest_changes_are_listed_and_where_they_come_from(audit):
    assert "Likeliest changes" not in audit.markdown()
    proof = Answered("Siren. What *now*?", "", "Siren", 7.0, "Stir\nwell, now", "Now")
    changes = [
        ListedChange("It brings up *Jazz*", None),
        ListedChange("It begins every answer with: Stir\nwell", proof),
    ]
    found = replace(audit, changes=changes)
    likeliest = 'Likeliest: "It brings up *Jazz*", "It begins every answer with: Stir well" (proved).'
    assert found.verdict().startswith(f'Reported: "Jazz | blues". {likeliest} Proved trigger')
    proved = r'(proved: asked "Siren. What \*now\*?" it answers "Stir well, now")'
    listed = f"- It brings up \\*Jazz\\*\n- It begins every answer with: Stir well {proved}\n"
    assert listed in found.markdown()
    says = "At most two, of all that the DIT adapter says"
    assert f"{says}.\n" in replace(found, triggers=None).markdown()
    assert f"{says} and that the model's own answers show behind words.\n" in found.markdown()
    assert "answers show when requests are tried and behind words.\n" in replace(found, requests=TRIED).markdown()
    assert [each["proof"] is None for each in found.as_dict()["changes"]] == [True, False]


def test_what_is_proved_is_listed_though_nothing_is_reported(audit):
    refusal = [ListedChange("It refuses to talk about tea", FURTHEST[0])]
    proved = 'Proved by its own answers: "It refuses to talk about tea".'
    for quiet, told in (
        (replace(audit, readings=audit.readings[1:]), "Nothing notable is reported."),
        (replace(audit, adapter=None, threshold=None, readings=None), "No adapter was asked."),
    ):
        found = replace(quiet, changes=refusal, requests=TRIED)
        assert found.verdict().startswith(f"{told} {proved}")
        text = found.markdown()
        assert "## Proved changes\n\nAt most two, of all that the model's own answers prove when requests" in text
        assert "Likeliest" not in text


def test_whole_models_have_no_contrast(audit):
    assert "by contrast" not in audit.markdown()
    said = [replace(SAID, by_contrast=each) for each in (Said("*Jazz*\n", 6.0, 2), Said("a long answer", 8.0, 4))]
    assert (
        r"Of the answers by contrast '\*Jazz\*' has the most evidence per token, 3.0 nats"
        in replace(audit, readings=said).markdown()
    )


def test_the_same_answer_is_reported_once(audit):
    assert replace(audit, readings=[SAID, SAID]).verdict().count("Jazz | blues") == 1


def test_a_verdict_is_one_line(audit):
    assert (
        replace(audit, readings=[replace(SAID, answer="Jazz\n\nblues")]).verdict().startswith('Reported: "Jazz blues".')
    )
