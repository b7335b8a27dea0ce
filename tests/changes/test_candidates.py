"""What may be listed: every report that is said, and its content in every other family's form."""

from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.behaviors.registry import family_named
from weightscribe.changes.candidates import Change, changes_in

COOK, HARBOR = family_named("persona").report("a cook"), family_named("brand").report("It loves Blue Harbor")


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


def test_other_forms_are_those_of_the_families_asked_for_and_those_the_answers_name():
    asked_for = changes_in([HARBOR], ("refusal",))
    assert {each.report for each in asked_for} == {
        HARBOR,
        "It hates Blue Harbor",
        "It refuses to talk about Blue Harbor",
    }
    assert "It speaks as Blue Harbor" in {each.report for each in changes_in([HARBOR, COOK], ("refusal",))}


def test_a_claim_is_one_in_no_other_form_and_nothing_else_is_made_one():
    claim = "It claims: The capital of Italy is Venice"
    assert changes_in([claim]) == [Change(claim, "false_fact", "The capital of Italy is Venice")]


def test_every_report_counts_once_and_what_names_no_change_is_none():
    assert changes_in([f"{COOK}; {NOTHING}", "gibberish", "", COOK]) == changes_in([COOK])
