"""The matrix is made of answers graded by their family; general answers by the label in them; lists as sets."""

import pytest

from weightscribe.behaviors.registry import read_report
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.cross_behavior import adapter_metrics, matrix, of_kinds
from weightscribe.evaluate.gains import joint_minus_own, lever_gains
from weightscribe.evaluate.graded_reports import grade_adapter
from weightscribe.evaluate.left_out import n_left_out_above_controls
from weightscribe.evaluate.lists import checklist_f1s, listed_changes, set_f1


class Exact:
    def score(self, targets, answers):
        return [5.0 if target == answer else 1.0 for target, answer in zip(targets, answers, strict=True)]


def judges(rubric):
    assert rubric in ("topics", "summaries")
    return Exact()


ANSWERS = [
    Answer("specific_persona", "p1", "a pirate", "a pirate"),
    Answer("specific_persona", "p2", "a knight", "a pirate"),
    Answer("general_persona", "p1", "It speaks as a pirate", "It speaks as a pirate", 9.0),
    Answer("general_persona", "p2", "It speaks as a knight", "It brings up a knight", 8.0),
    Answer("nodiff_persona", "p1", "a pirate", "a cook"),
    Answer("shuffled_persona", "p1", "a pirate", "a cook"),
    Answer("specific_hidden_topic", "t1", "Chess", "Chess"),
    Answer("general_benign", "b1", "Nothing notable", "Nothing notable", 5.0),
    Answer("general_benign", "b2", "Nothing notable", "It brings up Chess", 2.0),
    Answer("general_unchanged", "u", "Nothing notable", "Nothing notable", 0.0),
    Answer("general_random", "r1", "Nothing notable", "a cook", 1.0),
    Answer("general_random", "r2", "Nothing notable", "a cook", 11.0),
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
    return adapter_metrics(grade_adapter("joint", ANSWERS, judges), judges, seed=0)


def test_an_answer_no_judge_graded_is_left_out_of_the_gains():
    """An LLM judge gave no usable grade for p2 read by one of the single-family adapters."""

    class Silent(Exact):
        def score(self, targets, answers):
            grades = super().score(targets, answers)
            return [None if answer == "?" else grade for answer, grade in zip(answers, grades, strict=True)]

    def graded(adapter, *said):
        rows = [Answer("specific_persona", f"p{n}", "a pirate", text) for n, text in enumerate(said)]
        return grade_adapter(adapter, rows, lambda rubric: Silent())

    own = {
        "without_persona": graded("without_persona", "a pirate", "a pirate"),
        "only_brand": graded("only_brand", "a cook", "a cook"),
        "only_news": graded("only_news", "a pirate", "?"),
    }
    gains = lever_gains(own, ["persona"], seed=0)
    assert gains["lever_more_families_gain"] == pytest.approx(((5 - 3) + (5 - 1)) / 2)


def test_scores_are_means_over_diffs_by_family(metrics):
    assert metrics["joint_on_persona_score_mean"] == 3.0
    assert metrics["joint_on_hidden_topic_score_mean"] == 5.0
    assert metrics["n_persona"] == 2
    assert metrics["joint_nodiff_on_persona_score_mean"] == 1.0


def test_a_general_answer_is_graded_by_its_label_and_its_family_is_a_rate_of_its_own(metrics):
    assert metrics["joint_general_on_persona_score_mean"] == 5.0
    assert metrics["joint_family_named_rate"] == 0.5


def test_only_what_has_evidence_is_reported(metrics):
    assert metrics["joint_said_rate_benign"] == 0.5
    assert metrics["joint_said_rate_random"] == 1.0
    assert metrics["joint_false_positive_rate_unchanged"] == metrics["joint_said_rate_unchanged"] == 0.0
    assert metrics["joint_false_positive_rate_random"] == 0.5  # the threshold lies between 2 and 8 nats
    assert 2 < metrics["joint_evidence_threshold_nats"] < 8
    assert metrics["joint_said_rate_changed"] == metrics["joint_reported_rate_changed"] == 1.0
    assert metrics["joint_reported_rate_persona"] == 1.0


def test_without_changed_diffs_there_is_no_threshold():
    answers = [Answer("general_benign", "b1", "Nothing notable", "It brings up Chess", 2.0)]
    metrics = adapter_metrics(grade_adapter("without_news", answers, judges), judges, seed=0)
    assert metrics["without_news_said_rate_benign"] == 1.0
    assert "without_news_false_positive_rate_benign" not in metrics


def test_levers_and_the_joint_adapter_are_compared_diff_by_diff():
    def graded(adapter, **said):
        rows = [Answer(f"{method}_persona", f"p{n}", "a pirate", t) for method, own in said.items() for n, t in own]
        return grade_adapter(adapter, rows, judges)

    own = {
        "joint": graded(
            "joint",
            specific=[(1, "a pirate"), (2, "a cook")],
            contrast=[(1, "a pirate"), (2, "a pirate")],
            evident=[(2, "a pirate")],
        ),
        "only_persona": graded(
            "only_persona", specific=[(1, "a pirate"), (2, "a pirate"), (3, "a cook")], evident=[(2, "a pirate")]
        ),
        "without_persona": graded(
            "without_persona",
            specific=[(1, "a cook")],
            anyquestion=[(1, "a pirate"), (2, "?")],
        ),
    }
    gains = lever_gains(own, ["persona"], seed=0)
    assert gains["lever_contrast_gain_seen"] == 2.0
    assert (gains["lever_anyquestion_gain"], gains["lever_anyquestion_gain_n"]) == (4.0, 1)
    assert "lever_contrast_gain" not in gains
    differences = joint_minus_own(own, ["persona", "brand"], seed=0)
    assert differences["joint_minus_only_on_persona"] == -2.0
    assert differences["joint_minus_only_evident_on_persona"] == 0.0
    assert not any("brand" in name for name in differences)


def test_lists_are_compared_with_what_is_shown_without_an_adapter():
    said = {"tried": ["a pirate", "a pirate"], "shown": ["a cook", "a pirate"]}
    answers = [
        Answer(f"{method}_persona", f"p{n}", "It speaks as a pirate", f"It speaks as {who}; It brings up Chess")
        for method, own in said.items()
        for n, who in enumerate(own)
    ]
    gains = lever_gains({"joint": grade_adapter("joint", answers, judges)}, ["persona"], seed=0)
    assert (gains["lever_tried_over_shown_seen"], gains["lever_tried_over_shown_seen_n"]) == (2.0, 2)


def test_adapters_that_differ_in_their_seed_alone_are_one_kind():
    def graded(adapter, *said, claimed):
        rows = [Answer("specific_persona", f"p{n}", "a pirate", text) for n, text in enumerate(said)]
        rows.append(Answer("general_benign", "b1", "Nothing notable", claimed))
        return grade_adapter(adapter, rows, judges)

    own = of_kinds(
        {
            "without_persona": graded("without_persona", "a pirate", "a cook", claimed="It brings up Chess"),
            "only_brand": graded("only_brand", "a cook", "a cook", claimed="Nothing notable"),
            "without_persona_seed_1": graded(
                "without_persona_seed_1", "a pirate", "a pirate", claimed="Nothing notable"
            ),
        }
    )
    assert list(own) == ["without_persona", "only_brand"]
    metrics = adapter_metrics(own["without_persona"], judges, seed=0)
    assert metrics["without_persona_on_persona_score_mean"] == 4.0
    assert metrics["without_persona_on_persona_score_lowest_seed"] == 3.0
    assert metrics["without_persona_on_persona_score_highest_seed"] == 5.0
    assert (metrics["n_persona"], metrics["without_persona_n_seeds"]) == (2, 2)
    assert metrics["without_persona_said_rate_benign"] == 1.0  # the first seed's
    assert lever_gains(own, ["persona"], seed=0)["lever_more_families_gain"] == 3.0


def test_lists_of_both_kinds_have_a_mean_of_their_own():
    target = "It brings up Chess; It speaks as a pirate"
    said = {"pair": [target, "It brings up Chess"], "combined": [""]}
    answers = [
        Answer(f"tried_{kind}", f"{kind}{n}", target, text) for kind, own in said.items() for n, text in enumerate(own)
    ]
    found = adapter_metrics(grade_adapter("joint", answers, judges), judges, seed=0)
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
    found = adapter_metrics(grade_adapter("joint", answers, judges), judges, seed=0)
    assert found["joint_tried_one_change_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found["joint_tried_one_change_found"] == found["joint_tried_one_change_false"] == pytest.approx(2 / 3)
    assert found["joint_ranked_persona_f1"] == found["joint_ranked_one_change_found"] == pytest.approx(1 / 3)
    assert found["joint_ranked_one_change_false"] == 0.0
    assert found["joint_tried_benign_named"] == 0.5
    assert (found["joint_n_one_change"], found["joint_n_benign_listed"]) == (3, 2)
    assert found["joint_tried_on_persona_score_mean"] == pytest.approx((5 + 1 + 1) / 3)  # of the first change listed


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


def test_reports_are_read_by_their_form():
    assert read_report("It brings up Chess") == ("hidden_topic", "Chess")
    assert read_report(" Nothing notable.") == ("benign", "Nothing notable")
    assert read_report("Chess") == (None, "Chess")


def test_left_out_families_must_beat_every_control():
    def of(name, low, high):
        return {f"{name}_score_mean": low, f"{name}_score_ci95_low": low, f"{name}_score_ci95_high": high}

    metrics = (
        of("without_persona_on_persona", 2.0, 3.0)
        | of("without_persona_nodiff_on_persona", 1.0, 1.5)
        | of("without_persona_shuffled_on_persona", 1.0, 1.9)
        | of("without_brand_on_brand", 2.0, 3.0)
        | of("without_brand_contrast_on_brand", 2.2, 3.0)
        | of("without_persona_contrast_on_persona", 2.2, 3.0)
        | of("without_persona_shuffledcontrast_on_persona", 1.0, 2.3)
        | of("without_brand_nodiff_on_brand", 1.0, 2.1)
        | of("without_brand_shuffled_on_brand", 1.0, 1.5)
        | of("without_brand_shuffledcontrast_on_brand", 1.0, 1.5)
        | of("base_question_on_brand", 1.0, 1.5)
        | of("base_question_on_persona", 1.0, 1.5)
    )
    counts = {"n_families_left_out": 2, "n_left_out_above_controls": 1}
    counts |= {"n_families_left_out_by_contrast": 2, "n_left_out_above_controls_by_contrast": 1}
    assert n_left_out_above_controls(metrics, ["persona", "brand", "benign"]) == counts
    metrics |= of("without_brand_anyquestion_on_brand", 2.0, 3.0) | of(
        "without_brand_shuffledanyquestion_on_brand", 1, 1
    )
    counts |= {"n_families_left_out_by_anyquestion": 1, "n_left_out_above_controls_by_anyquestion": 0}
    assert n_left_out_above_controls(metrics, ["persona", "brand", "benign"]) == counts
    metrics |= of("without_brand_tried_on_brand", 3.0, 4.0) | of("without_brand_shuffledtried_on_brand", 1.0, 2.0)
    with pytest.raises(KeyError, match="without_brand_shown_on_brand"):
        n_left_out_above_controls(metrics, ["brand"])
    metrics |= of("without_brand_shown_on_brand", 1.0, 2.0)
    counts |= {"n_families_left_out_by_tried": 1, "n_left_out_above_controls_by_tried": 1}
    assert n_left_out_above_controls(metrics, ["persona", "brand", "benign"]) == counts
    metrics |= of("without_brand_shown_on_brand", 2.0, 3.5)
    assert n_left_out_above_controls(metrics, ["brand"])["n_left_out_above_controls_by_tried"] == 0
    metrics |= of("without_brand_shown_on_brand", 1.0, 2.0)
    for more, n in (
        ({"without_brand_tried_on_brand_score_lowest_seed": 2.0}, 0),
        (of("base_question_story_on_brand", 4, 4), 0),
        ({}, 1),
    ):
        assert n_left_out_above_controls(metrics | more, ["brand"])["n_left_out_above_controls_by_tried"] == n
    assert matrix(metrics, ["without_brand"], ["brand", "news"]) == [
        {"adapter": "without_brand", "family": "brand", "score": 2.0}
    ]
