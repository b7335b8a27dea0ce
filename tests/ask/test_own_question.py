"""Decoding by contrast, the most evident answer of several ways to ask, and to any question; controls included."""

import pytest

from weightscribe.answers import ask
from weightscribe.ask.any_question import ask_every_question, taken_apart
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.ask.evidence import evidence
from weightscribe.ask.families import AskFamiliesParams, next_asked_alike, questions_of
from weightscribe.ask.family_methods import SHUFFLED, SPECIFIC
from weightscribe.ask.limits import Limits
from weightscribe.ask.most_evident import Said, Way, most_evident, say
from weightscribe.ask.own_question import ask_in_ways
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.behaviors.registry import family_named, read_report
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import scaled

LABELS = {"persona": "a cook", "brand": "It loves Blue Harbor", "benign": "Nothing notable"}
PARAMS = AskFamiliesParams(
    "float32", Limits(4, 8), 4, 1, 1.5, 3.0, 0.5, n_per_family=4, n_pairs=2, contrast_strength=1.0, seed=0
)


@pytest.fixture(scope="module")
def labelled(labelled_as):
    return labelled_as(LABELS, 4)


def asked_of(asked, method, family):
    return [each for each in asked if (each.method, each.family) == (method, family)]


def test_a_control_is_another_diff_asked_in_the_same_words(labelled):
    own = labelled["persona"]
    assert next_asked_alike(own, family_named("persona")) == own[2:] + own[:2]
    assert next_asked_alike(own[:2], family_named("persona")) == [own[1], own[0]]
    with pytest.raises(DataFileError, match="only one weight diff of family 'persona', and two verified diffs are"):
        next_asked_alike(own[:1], family_named("persona"))


KINDS = [(SPECIFIC, ""), (SHUFFLED, "shuffled")]


@pytest.fixture(scope="module")
def in_ways(base, adapter, labelled):
    """What was asked, and the answers about brands in several ways."""
    asked = questions_of(labelled, [], tuple(LABELS), PARAMS)
    return asked, ask_in_ways(base, adapter, asked, ["brand"], PARAMS)


@pytest.mark.parametrize(("method", "prefix"), KINDS)
def test_by_contrast_the_named_families_are_asked_what_they_were_asked_plainly(base, adapter, in_ways, method, prefix):
    asked, answers = in_ways
    assert {a.method for a in answers} == {
        f"{kind}{lever}_brand" for _, kind in KINDS for lever in ("contrast", "evident")
    }
    chosen = asked_of(asked, method, "brand")
    said = ask_by_contrast(
        base,
        adapter,
        [scaled(each.diff, 1.5) for each in chosen],
        [each.question for each in chosen],
        strength=1.0,
        max_new_tokens=4,
        rows_per_batch=8,
    )
    assert [a.answer for a in answers if a.method == f"{prefix}contrast_brand"] == said


@pytest.mark.parametrize(("method", "prefix"), KINDS)
def test_of_three_ways_to_ask_the_most_evident_answer_is_given(base, adapter, in_ways, method, prefix):
    asked, answers = in_ways
    chosen = asked_of(asked, method, "brand")
    limits = {"evidence_multiplier": 0.5, "max_new_tokens": 4, "rows_per_batch": 8}
    diffs, questions = [each.diff for each in chosen], [each.question for each in chosen]
    by_way = [
        say(base, adapter, diffs, questions, way, **limits) for way in (Way(1.5, 0.0), Way(3.0, 0.0), Way(1.5, 1.0))
    ]
    best = [max(said, key=lambda each: each.per_token) for said in zip(*by_way, strict=True)]
    given = [a for a in answers if a.method == f"{prefix}evident_brand"]
    assert [a.answer for a in given] == [each.answer for each in best]
    assert [a.evidence for a in given] == pytest.approx([each.evidence for each in best], abs=1e-4)
    assert len({tuple(each.answer for each in said) for said in by_way}) > 1


def test_without_contrast_a_way_is_the_models_own_answer_to_the_stronger_diff(base, adapter, labelled):
    diffs = [each.weight_diff for each in labelled["brand"]]
    questions = [family_named("brand").held_out_questions[0]] * len(diffs)
    limits = {"max_new_tokens": 4, "rows_per_batch": 8}
    said = say(base, adapter, diffs, questions, Way(3.0, 0.0), evidence_multiplier=0.5, **limits)
    own = ask(base, [scaled(diff, 3.0) for diff in diffs], questions, adapter=adapter, **limits)
    assert [each.answer for each in said] == own
    weaker = [scaled(diff, 0.5) for diff in diffs]
    assert [each.evidence for each in said] == pytest.approx(
        evidence(base, adapter, weaker, questions, own, 8), abs=1e-4
    )


def test_of_the_answers_to_every_question_the_most_evident_is_given(base, adapter, labelled):
    answers = ask_every_question(base, adapter, labelled, ["brand", "benign"], PARAMS)
    own, shuffled = ([a for a in answers if a.method == f"{m}_brand"] for m in ("anyquestion", "shuffledanyquestion"))
    assert len(own) + len(shuffled) == len(answers) == 8
    differs = 0
    for number, (each, given) in enumerate(zip(labelled["brand"], own, strict=True)):
        questions = [HELD_OUT_GENERAL_QUESTIONS[number % 2]]
        questions += [family_named(name).held_out_questions[number % 2] for name in ("persona", "brand")]
        said = ask_by_contrast(
            base,
            adapter,
            [scaled(each.weight_diff, 1.5)] * 3,
            questions,
            strength=1.0,
            max_new_tokens=4,
            rows_per_batch=3,
        )
        said += ask(
            base,
            [scaled(each.weight_diff, 3.0)] * 3,
            questions,
            adapter=adapter,
            max_new_tokens=4,
            rows_per_batch=3,
        )
        weaker = [scaled(each.weight_diff, 0.5)] * 6
        values = evidence(base, adapter, weaker, questions * 2, said, 6)
        per_token = [
            value / (1 + len(base.tokenizer(text)["input_ids"])) for value, text in zip(values, said, strict=True)
        ]
        best = max(range(6), key=per_token.__getitem__)
        assert given.answer == read_report(said[best])[1]
        assert given.evidence == pytest.approx(values[best], abs=1e-3)
        assert shuffled[(number + 2) % 4].answer == given.answer
        differs += best != 0
    assert differs


def test_an_answer_that_lists_things_is_taken_apart():
    assert taken_apart(["Tea; It speaks as a cook; Tea", "a cook;"]) == ["Tea", "It speaks as a cook", "a cook"]
    assert taken_apart(["", ";"]) == [""]


def test_an_answer_does_not_win_by_its_length():
    long, short = Said("It loves Tea; It speaks as a cook", 12.0, 10), Said("a cook", 9.0, 3)
    assert most_evident([long, short, short]) == short
