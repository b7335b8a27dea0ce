"""Of what is said about several changes, the list that M' + A finds likeliest to be right."""

import math

from loud import loud

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion
from weightscribe.evaluate.family_methods import CHECKLIST, GENERAL, PAIR, SPECIFIC
from weightscribe.evaluate.limits import Limits
from weightscribe.evaluate.ranked_lists import candidate_lists, most_right, rank_lists
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import scaled

COOK, HARBOR = family_named("persona").report("a cook"), family_named("brand").report("It loves Blue Harbor")
PARAMS = AskFamiliesParams("float32", Limits(4, 8), 1.5, 0.5, n_per_family=2, n_pairs=3, contrast_strength=1.0, seed=0)


def test_candidates_are_reports_alone_and_by_twos_of_different_families():
    other_cook = family_named("persona").report("a baker")
    assert candidate_lists([COOK, HARBOR, other_cook, COOK]) == [
        (HARBOR,),
        (COOK,),
        (other_cook,),
        (HARBOR, COOK),
        (HARBOR, other_cook),
    ]


def test_what_names_no_change_is_no_candidate():
    assert candidate_lists([NOTHING, "gibberish", ""]) == []


def test_two_are_listed_if_lists_of_two_weigh_more_than_those_of_one():
    lists = [("a",), ("b",), ("a", "b")]
    assert most_right(lists, [math.log(0.3), math.log(0.2), math.log(0.5)]) == ("a", "b")
    assert most_right(lists, [math.log(0.8), math.log(0.1), math.log(0.1)]) == ("a",)


def test_one_right_report_is_given_where_the_second_is_a_guess():
    lists = [("a",), ("a", "b"), ("a", "c"), ("a", "d")]
    assert most_right(lists, [math.log(0.25)] * 4) == ("a",)


def test_no_candidates_make_an_empty_list():
    assert most_right([], []) == ()


def test_every_diff_with_several_changes_gets_the_list_of_its_own_reports(base, adapter):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    diffs = [bank.weight_diff(number, f"pair{number}") for number in (0, 1)]
    asked = [
        FamilyQuestion(method, PAIR, diff.name, diff, HELD_OUT_GENERAL_QUESTIONS[0], "the truth", of_family)
        for diff in diffs
        for method, of_family in ((GENERAL, None), (CHECKLIST, "brand"), (CHECKLIST, "persona"))
    ]
    asked.append(FamilyQuestion(SPECIFIC, "brand", "brand0", diffs[0], "Which brand?", "It loves Blue Harbor"))
    said = [f"{COOK}; {NOTHING}", HARBOR, COOK, NOTHING, NOTHING, COOK, "It loves Blue Harbor"]
    answers = [
        Answer(f"{each.method}_{each.family}", each.name, each.target, text)
        for each, text in zip(asked, said, strict=True)
    ]

    ranked = rank_lists(base, adapter, asked, answers, PARAMS)

    assert [(row.method, row.diff, row.target) for row in ranked] == [
        ("ranked_pair", "pair0", "the truth"),
        ("ranked_pair", "pair1", "the truth"),
    ]
    lists = candidate_lists([COOK, HARBOR])
    question = HELD_OUT_GENERAL_QUESTIONS[0]
    likelihoods = [
        log_likelihoods(base, adapter, [scaled(diffs[0], 1.5)], [question], ["; ".join(own)], 8)[0] for own in lists
    ]
    assert ranked[0].answer == "; ".join(most_right(lists, likelihoods))
    assert ranked[1].answer == COOK
