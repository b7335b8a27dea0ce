"""Of what is said about several changes, those that M' + A finds likeliest, each in its likeliest form."""

from loud import loud

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.contrast import ask_by_contrast
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion, as_report
from weightscribe.evaluate.family_methods import CHECKLIST, GENERAL, PAIR, SPECIFIC
from weightscribe.evaluate.limits import Limits
from weightscribe.evaluate.ranked_lists import DISCOUNT, WITHIN_NATS, Change, changes_in, listed, rank_lists
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import scaled

COOK, HARBOR = family_named("persona").report("a cook"), family_named("brand").report("It loves Blue Harbor")
PARAMS = AskFamiliesParams(
    "float32", Limits(4, 8), 1.5, 3.0, 0.5, n_per_family=2, n_pairs=3, contrast_strength=1.0, seed=0
)


def test_a_content_may_be_reported_in_every_familys_form():
    changes = changes_in([HARBOR])
    assert Change(HARBOR, "brand", "Blue Harbor") in changes
    assert {each.content for each in changes} == {"Blue Harbor"}
    assert {each.report for each in changes} == {
        HARBOR,
        "It hates Blue Harbor",
        "It begins every answer with: Blue Harbor",
        "It brings up Blue Harbor",
        "It refuses to talk about Blue Harbor",
        "It speaks as Blue Harbor",
        "It tells this news: Blue Harbor",
    }


def test_a_claim_is_one_in_no_other_form_and_nothing_else_is_made_one():
    claim = "It claims: The capital of Italy is Venice"
    assert changes_in([claim]) == [Change(claim, "false_fact", "The capital of Italy is Venice")]


def test_every_report_counts_once_and_what_names_no_change_is_none():
    assert changes_in([f"{COOK}; {NOTHING}", "gibberish", "", COOK]) == changes_in([COOK])


def test_the_likeliest_is_listed_and_one_beside_it_of_another_family_and_content():
    cook, baker = (Change(f"p {who}", "persona", who) for who in ("a cook", "a baker"))
    loved, refused = Change("b", "brand", "Blue Harbor"), Change("r", "refusal", "Blue Harbors")
    assert listed([refused, cook, loved], [-6.0, -5.5, -5.0]) == [loved, cook]
    assert listed([cook, baker, loved], [-5.0, -5.5, -6.0]) == [cook, loved]
    assert listed([refused, loved], [-5.5, -5.0]) == [loved]


def test_what_is_much_less_likely_is_not_listed():
    cook, loved = Change("p", "persona", "a cook"), Change("b", "brand", "Blue Harbor")
    assert listed([cook, loved], [-5.0, -5.1 - WITHIN_NATS]) == [cook]
    assert listed([cook, loved], [-5.0, -4.9 - WITHIN_NATS]) == [cook, loved]
    assert listed([], []) == []


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

    question = HELD_OUT_GENERAL_QUESTIONS[0]
    ranked = rank_lists(base, adapter, asked, answers, PARAMS)

    assert [(row.method, row.diff, row.target) for row in ranked] == [
        ("ranked_pair", "pair0", "the truth"),
        ("ranked_pair", "pair1", "the truth"),
    ]
    for diff, own_said, given in zip(diffs, (said[:3], said[3:6]), ranked, strict=True):
        asked_of = [each for each in asked if each.diff is diff and each.family == PAIR]
        by_contrast = ask_by_contrast(
            base,
            adapter,
            [scaled(diff, 1.5)] * 3,
            [each.question for each in asked_of],
            strength=1.0,
            max_new_tokens=4,
            rows_per_batch=3,
        )
        changes = changes_in([*own_said, *map(as_report, asked_of, by_contrast)])
        weights = [
            log_likelihoods(base, adapter, [scaled(diff, 1.5)], [question], [each.report], 1)[0]
            - DISCOUNT * log_likelihoods(base, adapter, [None], [question], [each.report], 1)[0]
            for each in changes
        ]
        assert given.answer == "; ".join(each.report for each in listed(changes, weights))
    assert ranked[0].answer != ranked[1].answer
