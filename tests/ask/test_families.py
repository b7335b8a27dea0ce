"""What each adapter is asked: every family's own question, and more the more families it was trained on."""

from collections import Counter
from dataclasses import replace

import pytest

from weightscribe.answers import ask
from weightscribe.ask import families
from weightscribe.ask.families import AskFamiliesParams, as_report, ask_families, baselines_of, questions_of
from weightscribe.ask.family_methods import (
    CHECKLIST,
    GENERAL,
    NO_DIFF,
    PAIR,
    RANDOM,
    SHUFFLED,
    SPECIFIC,
    STORY,
    UNCHANGED,
)
from weightscribe.ask.limits import Limits
from weightscribe.behaviors.family import GENERAL_QUESTIONS, HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named
from weightscribe.dit.train import new_bank
from weightscribe.errors import DataFileError, ParamsError

LABELS = {"persona": "a cook", "brand": "It loves Blue Harbor", "news": "Cat wins race", "benign": "Nothing notable"}
PARAMS = AskFamiliesParams(
    "float32", Limits(4, 8), 4, 1, 1.5, 3.0, 0.5, n_per_family=2, n_pairs=3, contrast_strength=1.0, seed=0
)
ALL = tuple(LABELS)


@pytest.fixture(scope="module")
def labelled(labelled_as):
    return labelled_as(LABELS, 3)


def counts(asked):
    return Counter((each.method, each.family) for each in asked)


def test_an_adapter_of_one_family_is_asked_the_families_questions_alone(labelled):
    found = counts(questions_of(labelled, [], ["brand"], PARAMS))
    assert found == {(SPECIFIC, name): 2 for name in ("persona", "brand", "news")}


def test_an_adapter_that_misses_a_family_is_held_to_controls_there(labelled):
    found = counts(questions_of(labelled, [], ["brand", "news", "benign"], PARAMS))
    assert found[SHUFFLED, "persona"] == found[NO_DIFF, "persona"] == found[GENERAL, "benign"] == 2
    assert (SHUFFLED, "brand") not in found
    assert (GENERAL, "persona") not in found
    assert (GENERAL, PAIR) not in found
    assert found[GENERAL, UNCHANGED] == found[GENERAL, RANDOM] > 5


def test_the_joint_adapter_is_asked_everything(labelled):
    found = counts(questions_of(labelled, labelled["persona"], ALL, PARAMS))
    for name in ("persona", "brand", "news"):
        assert all(found[method, name] == 2 for method in (SPECIFIC, GENERAL, SHUFFLED, NO_DIFF))
    assert found[GENERAL, PAIR] == 3
    assert found[GENERAL, "combined"] == 3
    assert found[CHECKLIST, PAIR] == found[CHECKLIST, "combined"] == 3 * 3  # every family but the benign one


def test_where_no_other_diff_is_needed_one_is_asked(labelled):
    one = {name: own[:1] for name, own in labelled.items()}
    assert counts(questions_of(one, [], ["brand"], PARAMS))[SPECIFIC, "persona"] == 1
    enough = labelled | {"benign": labelled["benign"][:1]}
    assert counts(questions_of(enough, [], ALL, PARAMS))[GENERAL, "benign"] == 1
    with pytest.raises(DataFileError, match="only one weight diff of family 'persona'"):
        questions_of(one, [], ALL, PARAMS)


def test_no_question_is_one_that_adapters_are_trained_on(labelled):
    trained = {question for name in LABELS for question in family_named(name).questions} | set(GENERAL_QUESTIONS)
    assert not trained & {each.question for each in questions_of(labelled, [], ALL, PARAMS)}


def test_controls_run_under_another_diff_or_none_and_sums_under_both(labelled):
    for each in questions_of(labelled, [], ALL, PARAMS):
        if each.method == SHUFFLED:
            assert each.diff.name != each.name
        elif each.method == NO_DIFF or each.family == UNCHANGED:
            assert each.diff is None
        elif each.family == PAIR:
            assert each.diff.rank == 2
            assert each.target.count("; ") == 1


def test_every_question_is_answered_and_the_unchanged_model_is_asked_once(base, labelled, monkeypatch):
    rows = []

    def watched(base, diffs, prompts, **how):
        rows.extend(zip(diffs, prompts, strict=True))
        return ask(base, diffs, prompts, **how)

    monkeypatch.setattr(families, "ask", watched)
    asked = questions_of(labelled, [], ALL, PARAMS)
    answers = ask_families(base, new_bank(base, 2, 0).dit_adapter(), asked, PARAMS, "")
    assert [(a.method, a.diff, a.target) for a in answers] == [
        (f"{e.method}_{e.family}", e.name, e.target) for e in asked
    ]
    assert all(
        (a.evidence is not None) == (e.method in (GENERAL, CHECKLIST)) for a, e in zip(answers, asked, strict=True)
    )
    assert all(a.evidence == 0 for a, e in zip(answers, asked, strict=True) if e.method == GENERAL and e.diff is None)
    plain = [prompt for diff, prompt in rows if diff is None]
    assert len(plain) == len(set(plain)) < sum(each.diff is None for each in asked)


def test_what_is_said_on_a_checklist_becomes_a_report():
    assert as_report("persona", "a cook") == "It speaks as a cook"
    assert as_report("persona", "It brings up Tea") == "It brings up Tea"
    assert as_report("persona", "Nothing notable") == "Nothing notable"
    assert as_report(None, "a cook") == "a cook"


def test_baselines_ask_news_diffs_for_a_story(labelled):
    found = counts(baselines_of(labelled, PARAMS))
    assert found == {(SPECIFIC, n): 2 for n in ("persona", "brand", "news")} | {(STORY, "news"): 2}
    assert not set(HELD_OUT_GENERAL_QUESTIONS) & {each.question for each in baselines_of(labelled, PARAMS)}


@pytest.mark.parametrize("name", ["first_tokens", "answers_per_row"])
def test_numbers_below_one_are_refused(name):
    with pytest.raises(ParamsError, match=f"{name} is 0. Use 1 or more"):
        replace(PARAMS, **{name: 0})
