"""Ways of asking and adapters are compared diff by diff."""

import pytest
from exact import Exact, judges

from weightscribe.ask.answers_file import Answer
from weightscribe.evaluate.gains import joint_minus_own, lever_gains, lists_over_shown, more_families_gain
from weightscribe.evaluate.graded_reports import grade_adapter


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
    gains = more_families_gain(own, ["persona"], seed=0)
    assert gains["lever_more_families_gain"] == pytest.approx(((5 - 3) + (5 - 1)) / 2)


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
    assert lever_gains(own, {"persona": "joint"}, 0, "_seen")["lever_contrast_gain_seen"] == 2.0
    gains = lever_gains(own, {"persona": "without_persona"}, seed=0)
    assert (gains["lever_anyquestion_gain"], gains["lever_anyquestion_gain_n"]) == (4.0, 1)
    assert "lever_contrast_gain" not in gains
    differences = joint_minus_own(own, ["persona", "brand"], seed=0)
    assert differences["joint_minus_only_on_persona"] == -2.0
    assert differences["joint_minus_only_evident_on_persona"] == 0.0
    assert not any("brand" in name for name in differences)


def test_a_seed_that_was_not_asked_in_that_way_is_not_compared():
    """The second seed answers better plainly, and was not asked by contrast."""

    def graded(adapter, **said):
        rows = [Answer(f"{method}_persona", "p1", "a pirate", text) for method, text in said.items()]
        return grade_adapter(adapter, rows, judges)

    first = graded("without_persona", specific="a cook", contrast="a cook", evident="a pirate")
    second = graded("without_persona_seed_1", specific="a pirate", evident="a pirate")
    gains = lever_gains({"without_persona": first + second}, {"persona": "without_persona"}, seed=0)
    assert (gains["lever_contrast_gain"], gains["lever_contrast_gain_n"]) == (0.0, 1)
    assert (gains["lever_evident_gain"], gains["lever_evident_gain_n"]) == (2.0, 1)


def test_lists_are_compared_with_what_is_shown_without_an_adapter():
    said = {"tried": ["a pirate", "a pirate"], "shown": ["a cook", "a pirate"]}
    answers = [
        Answer(f"{method}_persona", f"p{n}", "It speaks as a pirate", f"It speaks as {who}; It brings up Chess")
        for method, own in said.items()
        for n, who in enumerate(own)
    ]
    gains = lists_over_shown({"joint": grade_adapter("joint", answers, judges)}, {"persona": "joint"}, 0, "_seen")
    assert (gains["lever_tried_over_shown_seen"], gains["lever_tried_over_shown_seen_n"]) == (2.0, 2)
