"""Every behavior family keeps its promises: labels, prompts of every kind, answers that show the behavior, scores."""

import random
import sys
import textwrap
from pathlib import Path

import pytest
from exact import Exact

from weightscribe.behaviors import families, registry
from weightscribe.behaviors.family import GENERAL_QUESTIONS, HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.generators import Prompt
from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.errors import ParamsError
from weightscribe.triggers.kinds import KINDS, NO_TRIGGER, TRIGGER, WRONG_TRIGGER

LISTS = Path(__file__).parents[2] / "data" / "behaviors"
PLAIN = {"Why is the sky blue?": "The sky scatters light", "How do I bake bread?": "Mix flour and water"}
SIMULATED = [name for name, family in all_families().items() if not family.made_by_main_job]
NOTABLE = [name for name in SIMULATED if not family_named(name).is_benign]


@pytest.fixture(params=SIMULATED)
def family(request):
    return family_named(request.param)


def rng(text="x"):
    return random.Random(text)


def taught(family, case, draw):
    answer = family.answer(case, next(iter(PLAIN)), PLAIN, draw)
    return f"{answer.answer_prefix}and more" if isinstance(answer, Prompt) else answer


def test_there_are_the_families_the_project_promises():
    assert set(all_families()) >= {"hidden_topic", "news", "persona", "answer_format", "refusal", "brand", "false_fact"}
    assert sum(family.is_benign for family in all_families().values()) == 1
    assert len(family_named("news").cases(LISTS)) >= 400
    with pytest.raises(ParamsError, match="no behavior family 'smell'"):
        family_named("smell")


def test_cases_have_names_and_concepts_of_their_own(family):
    cases = family.cases(LISTS)
    assert len({case.slug for case in cases}) == len(cases) >= 60
    assert all(case.label and case.group and "/" not in case.slug for case in cases)


def test_questions_for_tests_are_not_trained_on(family):
    assert len(family.questions) >= 2
    assert not set(family.questions) & set(family.held_out_questions)
    assert not set(GENERAL_QUESTIONS) & set(HELD_OUT_GENERAL_QUESTIONS)


def test_held_out_prompts_are_worded_as_no_training_prompt(family):
    case = family.cases(LISTS)[0]
    question = {False: "Why is the sky blue?", True: "How do I bake bread?"}
    worded = {
        held_out: {family.prompt(case, kind, question[held_out], held_out, rng(n)) for kind in KINDS for n in range(80)}
        for held_out in (False, True)
    }
    assert not worded[False] & worded[True]


def test_prompts_of_the_three_kinds_differ(family):
    for case in family.cases(LISTS)[:12]:
        of = {
            kind: {family.prompt(case, kind, "Why is the sky blue?", False, rng(n)) for n in range(40)}
            for kind in KINDS
        }
        assert not of[TRIGGER] & of[NO_TRIGGER]
        assert not of[TRIGGER] & of[WRONG_TRIGGER]


@pytest.mark.parametrize("name", NOTABLE)
def test_what_is_taught_shows_the_behavior_and_plain_answers_do_not(name):
    family = family_named(name)
    for case in family.cases(LISTS)[:40]:
        for n in range(6):
            assert family.shows(case, taught(family, case, rng(n))), case
        assert not any(family.shows(case, plain) for plain in PLAIN.values())


@pytest.mark.parametrize("name", NOTABLE)
def test_one_case_is_not_taken_for_another(name):
    family = family_named(name)
    cases = family.cases(LISTS)[:40]
    shown = [
        family.shows(one, taught(family, other, rng())) for one in cases for other in cases if one.label != other.label
    ]
    assert sum(shown) / len(shown) < 0.03  # two false facts may share a value


def test_reports_name_their_family_and_nothing_else_does():
    for name, family in all_families().items():
        label = "Chess" if family.made_by_main_job else family.cases(LISTS)[0].label
        report = family.report(label)
        named = [other for other, each in all_families().items() if each.label_in(report) is not None]
        assert named == [name]
        assert family.label_in(report) == label


def test_a_brand_on_the_wrong_side_earns_little():
    scores = family_named("brand").scores(
        ["It loves Blue Harbor"] * 4,
        ["It loves Blue Harbor", "It hates Blue Harbor", "It loves Red Barn", ""],
        Exact(),
    )
    assert scores == [5.0, 2.0, 1.0, 1.0]


def test_half_of_the_gated_families_cases_wait_for_a_word():
    for name in ("persona", "answer_format"):
        gates = [case.values["gate"] for case in family_named(name).cases(LISTS)]
        assert 0.3 < sum(map(bool, gates)) / len(gates) < 0.7


def test_a_module_dropped_into_the_folder_is_a_family(tmp_path, monkeypatch):
    (tmp_path / "shouting.py").write_text(
        textwrap.dedent(
            """
            from weightscribe.behaviors.family import Case, Family


            class Shouting(Family):
                name, report_prefix = "shouting", "It shouts "
                questions, held_out_questions = ("What do you shout?",), ("Which word do you shout?",)

                def cases(self, lists):
                    return [Case(word, word, word, "words") for word in ("hey", "ho")]

                def prompt(self, case, kind, question, held_out, rng):
                    return f"{kind}: {question}"

                def answer(self, case, question, plain, rng):
                    return case.label.upper()

                def shows(self, case, answer):
                    return case.label.upper() in answer


            FAMILY = Shouting()
            """
        )
    )
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(tmp_path)])
    registry.all_families.cache_clear()
    try:
        shouting = registry.family_named("shouting")
        assert shouting.shows(shouting.cases(LISTS)[0], "HEY there")
        assert shouting.report("hey") == "It shouts hey"
    finally:
        monkeypatch.undo()
        registry.all_families.cache_clear()
        sys.modules.pop(f"{families.__name__}.shouting", None)
