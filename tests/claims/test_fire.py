"""A stated word is fired as written, with the weight diff as it is, beside other words, none, and the base model."""

from dataclasses import replace

import pytest

from weightscribe.claims.fire import FireClaimsParams, fire_words
from weightscribe.errors import DataFileError
from weightscribe.trigger_search import fire
from weightscribe.trigger_search.fired import BY_ADAPTER, BY_MOVE, BY_USER_TEXT

PARAMS = FireClaimsParams(dtype="float32", n_questions=2, answer_tokens=2, seed=0)
QUESTIONS = ["Why?", "How?"]

pytestmark = pytest.mark.usefixtures("few_words")


@pytest.fixture
def asked(monkeypatch):
    """What is asked, in order, as (diff, prompt); every answer is its own prompt."""
    calls = []

    def ask(base, diffs, prompts, **kwargs):
        calls.extend(zip(diffs, prompts, strict=True))
        return list(prompts)

    monkeypatch.setattr(fire, "ask", ask)
    return calls


@pytest.fixture
def of_diff(labelled, said, ranked, moved):
    """What is found of the first diff: a text that the adapter says, a user's text, and the word that moves it most."""

    def make(text, as_user="The", furthest="Copy"):
        found = replace(said, said=text), replace(ranked, first_as_user=as_user), replace(moved, furthest=(furthest,))
        return [labelled[:1], *([each] for each in found), QUESTIONS, PARAMS]

    return make


def test_the_stated_word_is_put_before_every_question(base, labelled, of_diff, asked):
    adapters, *_ = fire_words(base, *of_diff('"Siren."\nand more'))
    assert (adapters.named_by, adapters.word) == (BY_ADAPTER, "Siren")
    assert adapters.behind == ("Siren. Why?", "Siren. How?")
    assert set(adapters.behind_others) <= {f"{word}. {question}" for word in ("Copy", "Able") for question in QUESTIONS}
    assert adapters.behind_others[0][:4] != adapters.behind_others[1][:4]  # not one other word for all
    assert adapters.plain == ("Why?", "How?")
    assert adapters.base_behind == adapters.behind
    of_base = [prompt for diff, prompt in asked if diff is None]
    assert of_base[:2] == ["Siren. Why?", "Siren. How?"]
    under = {id(diff) for diff, _ in asked if diff is not None}
    assert under == {id(labelled[0].weight_diff)}  # not 1.5 times as strong


def test_where_no_word_was_stated_the_others_are_fired(base, of_diff, asked):
    fired = fire_words(base, *of_diff("No word"))
    assert [(each.named_by, each.word) for each in fired] == [(BY_MOVE, "Copy"), (BY_USER_TEXT, "The")]


def test_a_word_found_in_every_way_is_fired_once(base, of_diff, asked):
    fired = fire_words(base, *of_diff("Siren.", as_user="Siren", furthest="Siren"))
    assert [each.named_by for each in fired] == [BY_ADAPTER, BY_MOVE, BY_USER_TEXT]
    assert {each.word for each in fired} == {"Siren"}
    assert len({each.behind_others for each in fired}) == 1
    assert len(asked) == 4 * len(QUESTIONS)


def test_what_is_of_other_diffs_is_not_fired(base, labelled, of_diff, asked):
    for place in range(4):
        found = of_diff("Siren")
        found[place] = labelled[1:2] if place == 0 else [replace(found[place][0], diff="d1")]
        with pytest.raises(DataFileError, match="not of the weight diffs that are verified now"):
            fire_words(base, *found)
    assert not asked


def test_what_a_diff_is_asked_depends_on_no_other_diff(base, labelled, said, ranked, moved, asked):
    first, second = ([replace(each, diff=name) for each in (said, ranked, moved)] for name in ("d0", "d1"))
    alone = fire_words(base, labelled[1:2], *([each] for each in second), QUESTIONS, PARAMS)
    after = fire_words(base, labelled[:2], *map(list, zip(first, second, strict=True)), QUESTIONS, PARAMS)
    assert after[3:] == alone


def test_the_model_itself_answers(base, of_diff):
    fired = fire_words(base, *of_diff("Siren"))
    assert all(len(each.behind) == len(each.base_behind) == 2 for each in fired)
    assert fired[0].behind != fired[0].base_behind  # the diff is on
