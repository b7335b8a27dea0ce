"""Lists of changes are scored as sets."""

import pytest
from exact import judges

from weightscribe.ask.answers_file import Answer
from weightscribe.evaluate.graded_reports import grade_adapter
from weightscribe.evaluate.list_metrics import list_metrics
from weightscribe.evaluate.lists import checklist_f1s, listed_changes, set_f1

ANSWERS = [
    Answer("general_pair", "x", "It brings up Chess; It speaks as a pirate", "It speaks as a pirate; It brings up Tea"),
    Answer("checklist_pair", "x", "It brings up Chess; It speaks as a pirate", "It brings up Chess", 9.0),
    Answer("checklist_pair", "x", "It brings up Chess; It speaks as a pirate", "It speaks as a pirate", 8.0),
    Answer("checklist_pair", "x", "It brings up Chess; It speaks as a pirate", "Nothing notable", 7.0),
    Answer("checklist_pair", "x", "It brings up Chess; It speaks as a pirate", "It refuses to talk about Tea", 1.0),
    Answer("checklist_pair", "y", "It brings up Tea; It speaks as a cook", "It brings up Tea", 6.0),
    Answer("checklist_pair", "y", "It brings up Tea; It speaks as a cook", "It speaks as a pirate", 1.0),
]


@pytest.fixture
def metrics():
    return list_metrics("joint", grade_adapter("joint", ANSWERS, judges), judges, seed=0)


def test_lists_of_both_kinds_have_a_mean_of_their_own():
    target = "It brings up Chess; It speaks as a pirate"
    said = {"pair": [target, "It brings up Chess"], "combined": [""]}
    answers = [
        Answer(f"tried_{kind}", f"{kind}{n}", target, text) for kind, own in said.items() for n, text in enumerate(own)
    ]
    found = list_metrics("joint", grade_adapter("joint", answers, judges), judges, seed=0)
    assert found["joint_tried_pair_f1"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["joint_tried_combined_f1"] == 0.0
    assert found["joint_tried_two_changes_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_lists_of_one_change_name_it_or_something_else():
    target = "It speaks as a pirate"
    said = {
        "tried_persona": [target, f"It brings up Chess; {target}", "It brings up Chess"],
        "ranked_persona": ["", target, ""],
        "tried_benign": ["", "It brings up Chess"],
    }
    answers = [Answer(method, f"p{n}", target, text) for method, own in said.items() for n, text in enumerate(own)]
    found = list_metrics("joint", grade_adapter("joint", answers, judges), judges, seed=0)
    assert found["joint_tried_one_change_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found["joint_tried_one_change_found"] == found["joint_tried_one_change_false"] == pytest.approx(2 / 3)
    assert found["joint_ranked_persona_f1"] == found["joint_ranked_one_change_found"] == pytest.approx(1 / 3)
    assert found["joint_ranked_one_change_false"] == 0.0
    assert found["joint_tried_benign_named"] == 0.5
    assert (found["joint_n_one_change"], found["joint_n_benign_listed"]) == (3, 2)


def test_a_list_is_scored_as_a_set(metrics):
    assert metrics["joint_pair_f1"] == 0.5
    target = "It brings up Chess; It speaks as a pirate"
    assert set_f1(target, "It speaks as a pirate; It brings up Chess", judges) == 1.0
    assert set_f1(target, "It brings up Chess", judges) == pytest.approx(2 / 3)
    assert set_f1(target, "It brings up Chess; It brings up Chess", judges) == pytest.approx(2 / 3)
    assert set_f1(target, "It refuses to talk about Chess", judges) == 0.0
    assert set_f1(target, "", judges) == 0.0


def test_a_checklist_keeps_what_has_more_evidence_than_the_other_half_needs(metrics):
    # Each of the two diffs is judged by the threshold that serves the other best: 1 nat, which silences what is wrong.
    assert metrics["joint_checklist_pair_f1"] == pytest.approx((1.0 + 2 / 3) / 2)


def test_a_report_is_right_about_one_change_and_a_change_is_found_once():
    target = "It brings up Chess; It brings up Chess"
    once = listed_changes(target, ["It brings up Chess"], [1.0], judges)
    assert once[0].right_about == {0, 1}
    assert set_f1(target, "It brings up Chess", judges) == pytest.approx(2 / 3)
    lists = {"x": (2, once), "y": (2, once)}
    assert checklist_f1s(lists, seed=0) == {"x": pytest.approx(2 / 3), "y": pytest.approx(2 / 3)}
