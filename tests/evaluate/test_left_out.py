"""An adapter reads a family it never saw if it does so better than every control, with room to spare."""

import pytest

from weightscribe.evaluate.left_out import n_left_out_above_controls


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
