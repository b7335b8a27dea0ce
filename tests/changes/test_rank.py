"""Of what is said about several changes, those that M' + A finds likeliest, each in its likeliest form."""

import pytest
from loud import loud

from weightscribe.answers import ask
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.families import AskFamiliesParams, FamilyQuestion, as_report
from weightscribe.ask.family_methods import CHECKLIST, GENERAL, PAIR
from weightscribe.ask.limits import Limits
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.changes import rank
from weightscribe.changes.candidates import Change, changes_in
from weightscribe.changes.rank import (
    DISCOUNT,
    SHOWN_NATS,
    WITHIN_NATS,
    WITHIN_NATS_SHOWN,
    likeliest,
    listed,
    rank_lists,
)
from weightscribe.changes.shown import changes_shown, is_shown
from weightscribe.errors import DataFileError
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import scaled
from weightscribe.requests.records import ForProof

COOK, HARBOR = family_named("persona").report("a cook"), family_named("brand").report("It loves Blue Harbor")
PARAMS = AskFamiliesParams(
    "float32", Limits(4, 8), 4, 1, 1.5, 3.0, 0.5, n_per_family=2, n_pairs=3, contrast_strength=1.0, seed=0
)


def test_the_likeliest_is_listed_and_one_beside_it_of_another_family_and_content():
    cook, baker = (Change(f"p {who}", "persona", who) for who in ("a cook", "a baker"))
    loved, refused = Change("b", "brand", "Blue Harbor"), Change("r", "refusal", "Blue Harbors")
    assert listed([refused, cook, loved], [-6.0, -5.5, -5.0], 4.0) == [loved, cook]
    assert listed([cook, baker, loved], [-5.0, -5.5, -6.0], 4.0) == [cook, loved]
    assert listed([refused, loved], [-5.5, -5.0], 4.0) == [loved]


def test_what_is_much_less_likely_is_not_listed():
    cook, loved = Change("p", "persona", "a cook"), Change("b", "brand", "Blue Harbor")
    assert listed([cook, loved], [-5.0, -9.1], 4.0) == [cook]
    assert listed([cook, loved], [-5.0, -8.9], 4.0) == [cook, loved]
    assert listed([cook, loved], [-5.0, -9.1], 12.0) == [cook, loved]
    assert listed([], [], 4.0) == []


def test_what_is_shown_outweighs_what_is_a_little_likelier(answered):
    answers = [answered("What of tea?", "tea", "I can't talk about tea")]
    shown = changes_shown(answers)[0]
    said = changes_in(["It speaks as a cook"])[0]
    assert is_shown(shown, answers)
    weights = {said: -5.0, shown: -5.1 - SHOWN_NATS}
    assert likeliest([said, shown], weights, None) == [said]
    assert likeliest([said, shown], weights, answers) == [said, shown]
    assert likeliest([said, shown], weights | {shown: -4.9 - SHOWN_NATS}, answers) == [shown, said]


def test_every_diff_gets_a_list_of_what_is_said_one_of_what_is_shown_and_one_of_both(
    base, adapter, answered, monkeypatch
):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    diffs = [bank.weight_diff(number, f"pair{number}") for number in (0, 1)]
    asked = [
        FamilyQuestion(method, PAIR, diff.name, diff, HELD_OUT_GENERAL_QUESTIONS[0], "the truth", of_family)
        for method, of_family in ((GENERAL, None), (CHECKLIST, "brand"), (CHECKLIST, "persona"))
        for diff in diffs
    ]
    said = {
        0.0: [f"{COOK}; {NOTHING}", NOTHING, HARBOR, NOTHING, COOK, "a baker"],
        1.0: [NOTHING, NOTHING, "It loves Red Kite", NOTHING, NOTHING, NOTHING],
    }
    monkeypatch.setattr(rank, "answers_in", lambda *args, **limits: said[args[4].contrast])
    tried = {
        "pair0": [
            answered("What of tea?", "tea", "I can't talk about tea"),
            answered("And milk?", "milk", "Blue Harbor"),
        ],
        "pair1": [answered("What of tea?", "tea", "Says the cook")],
    }

    question = HELD_OUT_GENERAL_QUESTIONS[0]
    lists = rank_lists(base, adapter, asked, tried, PARAMS)

    assert [(row.method, row.diff, row.target) for row in lists] == [
        (f"{method}_pair", name, "the truth") for method in ("ranked", "shown", "tried") for name in tried
    ]
    for number, diff in enumerate(diffs):

        def weight(change, under=adapter, multiplier=1.5, diff=diff):
            of = ([question], [change.report], 1)
            with_diff = log_likelihoods(base, under, [scaled(diff, multiplier)], *of)[0]
            return with_diff - DISCOUNT * log_likelihoods(base, under, [None], *of)[0]

        def text(changes):
            return "; ".join(each.report for each in changes)

        own_said = [
            as_report(asked[place].of_family, way[place])
            for way in said.values()
            for place in (number, number + 2, number + 4)
        ]
        own, shown = changes_in(own_said), changes_shown(tried[diff.name])
        assert lists[number].answer == text(listed(own, list(map(weight, own)), WITHIN_NATS))
        alone = [weight(each, None, 1.0) + SHOWN_NATS for each in shown]
        assert lists[2 + number].answer == text(listed(shown, alone, WITHIN_NATS_SHOWN))
        both = own + [each for each in shown if each not in own]
        weights = [weight(each) + SHOWN_NATS * is_shown(each, tried[diff.name]) for each in both]
        assert lists[4 + number].answer == text(listed(both, weights, WITHIN_NATS_SHOWN))
    assert lists[0].answer != lists[1].answer
    assert lists[2].answer not in ("", lists[0].answer)


def test_diffs_are_asked_plainly_and_by_contrast(base, adapter, answered, monkeypatch):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0]), 1)
    diff = bank.weight_diff(0, "d")
    asked = [FamilyQuestion(GENERAL, PAIR, "d", diff, HELD_OUT_GENERAL_QUESTIONS[0], "t")]
    read = []
    monkeypatch.setattr(rank, "changes_in", lambda said: read.append(said) or [])
    rank_lists(base, adapter, asked, {"d": []}, PARAMS)
    stronger, limits = [scaled(diff, 1.5)], {"max_new_tokens": 4, "rows_per_batch": 8}
    plain = ask(base, stronger, [asked[0].question], adapter=adapter, **limits)
    by_contrast = ask_by_contrast(base, adapter, stronger, [asked[0].question], strength=1.0, **limits)
    assert read == [plain + by_contrast]
    assert plain != by_contrast


def test_what_is_proved_of_a_diff_is_on_its_last_list_alone(base, adapter, answered, monkeypatch):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    asked = [
        FamilyQuestion(GENERAL, PAIR, name, bank.weight_diff(number, name), HELD_OUT_GENERAL_QUESTIONS[0], "t")
        for number, name in enumerate(("d0", "d1"))
    ]
    monkeypatch.setattr(rank, "answers_in", lambda *args, **limits: [COOK, COOK])
    opened = tuple(answered(f"{n}?", "", f"On a long day, {n}.") for n in ("one", "two", "three", "four"))
    tried = {"d0": [], "d1": []}
    lists = {(row.method, row.diff): row.answer for row in rank_lists(base, adapter, asked, tried, PARAMS)}
    proofs = {"d0": ForProof((), opened)}
    more = {(row.method, row.diff): row.answer for row in rank_lists(base, adapter, asked, tried, PARAMS, proofs)}
    changed = {key for key in lists if lists[key] != more[key]}
    assert changed == {("tried_pair", "d0")}
    assert more["tried_pair", "d0"].startswith("It begins every answer with: On a long day")


def test_a_lone_diff_of_a_family_is_told_before_anything_is_asked(base, adapter, monkeypatch):
    monkeypatch.setattr(rank, "answers_in", lambda *args, **limits: pytest.fail("a diff was asked"))
    asked = [FamilyQuestion(GENERAL, "brand", "d", None, HELD_OUT_GENERAL_QUESTIONS[0], "t")]
    with pytest.raises(DataFileError, match="only one weight diff of family 'brand'"):
        rank_lists(base, adapter, asked, {"d": []}, PARAMS)


def test_diffs_of_one_family_have_anothers_list_as_a_control(base, adapter, answered):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    asked = [
        FamilyQuestion(GENERAL, "brand", f"d{n}", bank.weight_diff(n, f"d{n}"), HELD_OUT_GENERAL_QUESTIONS[0], f"t{n}")
        for n in range(2)
    ]
    tried = {
        f"d{n}": [answered(f"What of {subject}?", subject, f"I can't talk about {subject}")]
        for n, subject in enumerate(["tea", "milk"])
    }

    lists = {(row.method, row.diff): row for row in rank_lists(base, adapter, asked, tried, PARAMS)}

    assert len({lists["tried_brand", f"d{n}"].answer for n in (0, 1)}) == 2
    for own, other in (("d0", "d1"), ("d1", "d0")):
        assert lists["shuffledtried_brand", own].answer == lists["tried_brand", other].answer
        assert lists["shuffledtried_brand", own].target == lists["tried_brand", own].target
