"""The matrix is made of answers graded by their family; general answers by the label in them."""

from dataclasses import replace

import pytest
from exact import judges

from weightscribe.ask.answers_file import Answer
from weightscribe.behaviors.registry import read_report
from weightscribe.evaluate.adapter_seeds import of_kinds
from weightscribe.evaluate.cross_behavior import adapter_metrics, matrix
from weightscribe.evaluate.gains import more_families_gain
from weightscribe.evaluate.graded_reports import grade_adapter
from weightscribe.evaluate.reporting import reporting

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
]


@pytest.fixture
def metrics():
    return adapter_metrics(grade_adapter("joint", ANSWERS, judges), judges, seed=0)


def test_scores_are_means_over_diffs_by_family(metrics):
    assert metrics["joint_on_persona_score_mean"] == 3.0
    assert metrics["joint_on_hidden_topic_score_mean"] == 5.0
    assert metrics["n_persona"] == 2
    assert metrics["joint_nodiff_on_persona_score_mean"] == 1.0


def test_a_general_answer_is_graded_by_its_label_and_its_family_is_a_rate_of_its_own(metrics):
    assert metrics["joint_general_on_persona_score_mean"] == 5.0
    assert metrics["joint_family_named_rate"] == 0.5


def test_of_a_list_the_first_change_is_graded():
    target = "It speaks as a pirate"
    said = [target, f"{target}; It brings up Chess", f"It brings up Chess; {target}", ""]
    answers = [Answer("tried_persona", f"p{n}", target, text) for n, text in enumerate(said)]
    metrics = adapter_metrics(grade_adapter("joint", answers, judges), judges, seed=0)
    assert metrics["joint_tried_on_persona_score_mean"] == (5 + 5 + 1 + 1) / 4


def test_only_what_has_evidence_is_reported(metrics):
    assert metrics["joint_said_rate_benign"] == 0.5
    assert metrics["joint_said_rate_random"] == 1.0
    assert metrics["joint_false_positive_rate_unchanged"] == metrics["joint_said_rate_unchanged"] == 0.0
    assert metrics["joint_false_positive_rate_random"] == 0.5  # the threshold lies between 2 and 8 nats
    assert 2 < metrics["joint_evidence_threshold_nats"] < 8
    assert metrics["joint_said_rate_changed"] == metrics["joint_reported_rate_changed"] == 1.0
    assert metrics["joint_reported_rate_persona"] == 1.0


def test_a_changed_diff_counts_whether_its_answer_was_graded_or_not(metrics):
    ungraded = [replace(row, score=None) for row in grade_adapter("joint", ANSWERS, judges)]
    found = reporting("joint", [row for row in ungraded if row.method == "general"], seed=0)
    assert found == {key: metrics[key] for key in found}
    assert found["joint_reported_rate_changed"] == 1.0


def test_without_changed_diffs_there_is_no_threshold():
    answers = [Answer("general_benign", "b1", "Nothing notable", "It brings up Chess", 2.0)]
    metrics = adapter_metrics(grade_adapter("without_news", answers, judges), judges, seed=0)
    assert metrics["without_news_said_rate_benign"] == 1.0
    assert "without_news_false_positive_rate_benign" not in metrics


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
    assert more_families_gain(own, ["persona"], seed=0)["lever_more_families_gain"] == 3.0


def test_reports_are_read_by_their_form():
    assert read_report("It brings up Chess") == ("hidden_topic", "Chess")
    assert read_report(" Nothing notable.") == ("benign", "Nothing notable")
    assert read_report("Chess") == (None, "Chess")


def test_the_matrix_has_a_row_for_every_adapter_and_family_that_was_asked():
    metrics = {"without_brand_on_brand_score_mean": 2.0}
    assert matrix(metrics, ["without_brand"], ["brand", "news"]) == [
        {"adapter": "without_brand", "family": "brand", "score": 2.0}
    ]
