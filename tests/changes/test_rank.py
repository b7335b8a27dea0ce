"""Of what is said about several changes, those that M' + A finds likeliest, each in its likeliest form."""

from loud import loud

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.changes.candidates import Change, changes_in
from weightscribe.changes.rank import (
    DISCOUNT,
    SHOWN_NATS,
    WITHIN_NATS,
    WITHIN_NATS_SHOWN,
    in_order,
    likeliest,
    listed,
    rank_lists,
)
from weightscribe.changes.shown import changes_shown, is_shown
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion, as_report
from weightscribe.evaluate.family_methods import CHECKLIST, GENERAL, PAIR
from weightscribe.evaluate.limits import Limits
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import scaled

COOK, HARBOR = family_named("persona").report("a cook"), family_named("brand").report("It loves Blue Harbor")
PARAMS = AskFamiliesParams(
    "float32", Limits(4, 8), 1.5, 3.0, 0.5, n_per_family=2, n_pairs=3, contrast_strength=1.0, seed=0
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


def test_every_diff_gets_a_list_of_what_is_said_and_one_with_what_is_shown(base, adapter, answered):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    diffs = [bank.weight_diff(number, f"pair{number}") for number in (0, 1)]
    asked = [
        FamilyQuestion(method, PAIR, diff.name, diff, HELD_OUT_GENERAL_QUESTIONS[0], "the truth", of_family)
        for method, of_family in ((GENERAL, None), (CHECKLIST, "brand"), (CHECKLIST, "persona"))
        for diff in diffs
    ]
    said = [f"{COOK}; {NOTHING}", NOTHING, HARBOR, NOTHING, COOK, COOK]
    answers = [
        Answer(f"{each.method}_{each.family}", each.name, each.target, text)
        for each, text in zip(asked, said, strict=True)
    ]
    tried = {
        "pair0": [
            answered("What of tea?", "tea", "I can't talk about tea"),
            answered("And milk?", "milk", "Blue Harbor"),
        ],
        "pair1": [answered("What of tea?", "tea", "Says the cook")],
    }

    question = HELD_OUT_GENERAL_QUESTIONS[0]
    lists = rank_lists(base, adapter, asked, answers, tried, PARAMS)

    assert [(row.method, row.diff, row.target) for row in lists] == [
        (f"{method}_pair", name, "the truth") for method in ("ranked", "shown", "tried") for name in tried
    ]
    for diff, own_said, ranked, alone, shown in zip(
        diffs, (said[::2], said[1::2]), lists[:2], lists[2:4], lists[4:], strict=True
    ):
        asked_of = [each for each in asked if each.diff is diff]
        by_contrast = ask_by_contrast(
            base,
            adapter,
            [scaled(diff, 1.5)] * 3,
            [each.question for each in asked_of],
            strength=1.0,
            max_new_tokens=4,
            rows_per_batch=3,
        )

        def weight(change, diff=diff):
            with_diff = log_likelihoods(base, adapter, [scaled(diff, 1.5)], [question], [change.report], 1)[0]
            return with_diff - DISCOUNT * log_likelihoods(base, adapter, [None], [question], [change.report], 1)[0]

        def text(changes):
            return "; ".join(each.report for each in changes)

        changes = changes_in([*own_said, *map(as_report, [each.of_family for each in asked_of], by_contrast)])
        assert ranked.answer == text(listed(changes, list(map(weight, changes)), WITHIN_NATS))
        assert alone.answer == text(in_order(changes_shown(tried[diff.name])))
        changes += [each for each in changes_shown(tried[diff.name]) if each not in changes]
        weights = [weight(each) + SHOWN_NATS * is_shown(each, tried[diff.name]) for each in changes]
        assert shown.answer == text(listed(changes, weights, WITHIN_NATS_SHOWN))
    assert lists[0].answer != lists[1].answer
    assert lists[1].answer != lists[5].answer


def test_diffs_of_one_family_have_anothers_list_as_a_control(base, adapter, answered):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1, 2]), 1)
    asked = [
        FamilyQuestion(GENERAL, "brand", f"d{n}", bank.weight_diff(n, f"d{n}"), HELD_OUT_GENERAL_QUESTIONS[0], f"t{n}")
        for n in range(3)
    ]
    answers = [Answer("general_brand", each.name, each.target, NOTHING) for each in asked]
    tried = {f"d{n}": [answered("What of tea?", "tea", f"I can't talk about tea {n}")] for n in (0, 1)}

    lists = {(row.method, row.diff): row for row in rank_lists(base, adapter, asked, answers, tried, PARAMS)}

    assert {method for method, diff in lists if diff == "d2"} == {"ranked_brand"}  # no requests were tried on it
    for own, other in (("d0", "d1"), ("d1", "d0")):
        assert lists["shuffledtried_brand", own].answer == lists["tried_brand", other].answer
        assert lists["shuffledtried_brand", own].target == lists["tried_brand", own].target
