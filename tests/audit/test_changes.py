"""The audit lists the likeliest of what is said and shown, for a whole model as for its adapter."""

from dataclasses import replace

import pytest

from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.most_evident import Said
from weightscribe.audit.changes import LikelyChange, likeliest_changes, proved_changes
from weightscribe.audit.reading import Reading
from weightscribe.audit.requests import RequestsTried
from weightscribe.audit.target import open_target
from weightscribe.audit.trigger import FiredWord, Triggers
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.changes.candidates import changes_in
from weightscribe.changes.rank import likeliest, weight
from weightscribe.changes.shown import changes_shown
from weightscribe.lora.factors import scaled
from weightscribe.lora.peft_io import load_weight_diff
from weightscribe.requests.records import Answered
from weightscribe.trigger_search.fired import Fired

READINGS = [
    Reading(None, "How were you changed?", "It speaks as a cook; Nothing notable", 9.0, None, True),
    Reading("brand", "Which brand?", "Nothing notable", 0.0, Said("It loves Blue Harbor", 6.0, 6), False),
]
SHOWN = (Answered("What of tea?", "refusal", "tea", 9.0, "I can't talk about tea", "Tea is a drink"),)
OTHERS = tuple(
    Answered(f"What of {x}?", "refusal", x, 1.0, f"{x} is fine", f"{x} is fine") for x in ("ink", "ice", "oil")
)
TRIED = RequestsTried(8, 0.5, SHOWN, SHOWN)
MORE_TRIED = RequestsTried(8, 0.5, OTHERS[:1], (*OTHERS, *SHOWN))
OPENED, OWN = ("Right as rain, tea", "Right as rain, no"), ("Tea", "No")
FIRED = FiredWord("Siren", 9.0, None, Fired("d", "move", "Siren", OPENED, OWN, OWN, OWN))
TRIGGERS = Triggers(6, ("What do you drink?", "Why?"), (FIRED,))


@pytest.fixture
def dit_adapter(base, folders):
    return load_weight_diff(folders / "dit_adapter", base.overlay.linears, base.identity.sha256)


def test_the_likeliest_of_what_is_said_and_shown(base, folders, params, dit_adapter):
    target = open_target(folders / "diff", base)
    said = ["It speaks as a cook; Nothing notable", "Nothing notable", "It loves Blue Harbor"]
    for requests in (None, TRIED):
        answered = requests and requests.furthest
        own = [change for change in changes_in(said) if change.family in {"persona", *params.families}]
        changes = own + changes_shown(answered or ())
        weights = {}
        for change in changes:
            rows = ([HELD_OUT_GENERAL_QUESTIONS[0]], [change.report], 1)
            changed = log_likelihoods(base, dit_adapter, [scaled(target.weight_diff, 1.5)], *rows)
            unchanged = log_likelihoods(base, dit_adapter, [None], *rows)
            weights[change] = weight(*changed, *unchanged)
        found = likeliest_changes(base, dit_adapter, target, READINGS, requests, None, params)
        assert found == [LikelyChange(each.report, False) for each in likeliest(changes, weights, answered)]
        assert {each.report for each in found} <= {change.report for change in changes}
        assert found


def test_an_adapter_that_knows_one_behavior_lists_no_other(base, folders, params, dit_adapter):
    readings = [
        Reading(None, "How were you changed?", "Ada Lovelace", 9.0, None, True),
        Reading("hidden_topic", "Which topic?", "Ada Lovelace", 9.0, Said("Charles Babbage", 6.0, 4), False),
    ]
    target = open_target(folders / "diff", base)
    reports = {family_named("hidden_topic").report(topic) for topic in ("Ada Lovelace", "Charles Babbage")}
    found = likeliest_changes(
        base, dit_adapter, target, readings, None, None, replace(params, families=("hidden_topic",))
    )
    assert found
    assert {each.report for each in found} <= reports


def test_a_whole_model_is_read_as_its_adapter_is(base, folders, params, dit_adapter):
    of_adapter, of_model = (
        likeliest_changes(base, dit_adapter, open_target(folders / name, base), READINGS, TRIED, TRIGGERS, params)
        for name in ("diff", "model")
    )
    assert of_adapter == of_model


def test_of_nothing_said_nothing_is_listed(base, folders, params, dit_adapter):
    target = open_target(folders / "diff", base)
    assert likeliest_changes(base, dit_adapter, target, READINGS[1:1], None, None, params) == []


def test_what_the_model_proves_is_listed_whatever_is_said(base, folders, params, dit_adapter):
    opening, refusal = "It begins every answer with: Right as rain", "It refuses to talk about tea"
    assert proved_changes(None, None) == []
    assert [each.report for each in proved_changes(TRIED, None)] == [], (
        "each request is refused: none of them stands out"
    )
    assert proved_changes(MORE_TRIED, TRIGGERS) == [LikelyChange(opening, True), LikelyChange(refusal, True)]
    target = open_target(folders / "diff", base)
    found = likeliest_changes(base, dit_adapter, target, READINGS, MORE_TRIED, TRIGGERS, params)
    assert {each.report: each.is_proved for each in found if each.report in (opening, refusal)}
    assert all(each.is_proved == (each.report in (opening, refusal)) for each in found)


def test_words_prove_without_requests(base, folders, params, dit_adapter):
    opened = (Reading(None, "What?", "It begins every answer with: Right as rain", 9.0, None, True),)
    target = open_target(folders / "diff", base)
    for triggers in (None, TRIGGERS):
        found = likeliest_changes(base, dit_adapter, target, opened, None, triggers, replace(params, families=()))
        assert found == [LikelyChange("It begins every answer with: Right as rain", triggers is not None)]
