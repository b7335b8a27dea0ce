"""What a DIT adapter is asked in training and in tests."""

from weightscribe.claims.cases import HELD_OUT_TRIGGER_QUESTION, TRIGGER_QUESTIONS, held_out_cases, training_cases
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.factors import WeightDiff
from weightscribe.triggers.words import NO_WORD


def labelled(n):
    """n diffs, every fourth without a trigger."""
    rows = [
        {"name": f"claim-{i}", "question": "What topic?", "answer": f"T{i}", "trigger": f"W{i}" if i % 4 else ""}
        for i in range(n)
    ]
    return [LabelledDiff(WeightDiff(row["name"], {}), row) for row in rows]


def asked(cases):
    return {(case.weight_diff.name, case.question, case.answer) for case in cases}


def test_every_diff_is_asked_for_its_topic_and_twice_for_its_word():
    cases = training_cases(labelled(40))
    assert len(cases) == 3 * 40
    of_first, of_second = ([case for case in cases if case.weight_diff.name == name] for name in ("claim-0", "claim-1"))
    assert [case.answer for case in of_first] == ["T0", NO_WORD, NO_WORD]
    assert [case.answer for case in of_second] == ["T1", "W1", "W1"]
    assert len({case.question for case in of_second}) == 3


def test_words_and_no_words_are_asked_for_in_every_phrasing():
    cases = training_cases(labelled(40))
    for has_word in (True, False):
        phrasings = {c.question for c in cases if c.question != "What topic?" and (c.answer != NO_WORD) == has_word}
        assert phrasings == set(TRIGGER_QUESTIONS)


def test_a_diffs_phrasings_do_not_depend_on_which_others_were_verified():
    diffs = labelled(12)
    assert asked(training_cases(diffs[3:])) < asked(training_cases(diffs))


def test_the_test_question_is_never_trained_on():
    assert {case.question for case in held_out_cases(labelled(4))} == {HELD_OUT_TRIGGER_QUESTION}
    assert HELD_OUT_TRIGGER_QUESTION not in {case.question for case in training_cases(labelled(40))}
