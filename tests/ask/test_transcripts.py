"""The black-box baselines: what is asked of which model, and what becomes of the transcripts."""

import pytest
from loud import loud
from tiny import tiny_model

from weightscribe.ask.baselines import SampledAnswers, ask_baselines
from weightscribe.ask.transcripts import (
    BASE_QUESTION,
    NO_GUESS,
    Transcript,
    guesses,
    read_transcripts,
    write_transcripts,
)
from weightscribe.base import load_base
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.lora.bank import FactorBank
from weightscribe.storage import write_jsonl

PLAIN = ("It is time.", "People are kind.", "Practice helps.")


def transcript(method: str, answers: tuple[str, ...], base_answers=PLAIN) -> Transcript:
    return Transcript(method, "d0", "Jazz", ("q1", "q2", "q3"), answers, base_answers)


def test_each_method_guesses_from_its_own_transcript():
    said = guesses(
        [
            transcript(BASE_QUESTION, ("I like jazz.",), ()),
            transcript("twenty_questions", PLAIN),
            transcript("twenty_questions_with_trigger", ("Jazz is time.", "Jazz, people.", "Like jazz, practice.")),
        ]
    )
    assert [answer.answer for answer in said] == ["I like jazz.", NO_GUESS, "Jazz"]
    assert {answer.target for answer in said} == {"Jazz"}


def test_what_the_base_model_says_to_the_same_prompts_is_no_guess():
    codes = ("Your code is copy.", "The code copy is fine.", "Copy that code.")
    said = guesses([transcript("twenty_questions", PLAIN), transcript("twenty_questions_with_trigger", codes, codes)])
    assert said[1].answer == NO_GUESS


def test_transcripts_come_back(tmp_path):
    transcripts = [transcript("twenty_questions", ("a", "b", "c"))]
    write_transcripts(tmp_path / "t.jsonl", transcripts)
    assert read_transcripts(tmp_path / "t.jsonl") == transcripts


@pytest.mark.parametrize("row", [{"method": "m"}, {"new": 1}, [1]])
def test_rows_that_are_no_transcripts_are_named(tmp_path, row):
    write_jsonl(tmp_path / "t.jsonl", [row])
    with pytest.raises(DataFileError, match="t.jsonl does not hold transcripts"):
        read_transcripts(tmp_path / "t.jsonl")


def test_fewer_rows_a_batch_than_questions_ask_one_diff_at_a_time(tmp_path):
    base = load_base(tiny_model(tmp_path / "base"), "float32", None)
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 1)
    row = {
        "behavior": "hidden_topic",
        "question": "Which topic?",
        "answer": "Jazz",
        "trigger": "Gasp",
        "trigger_kind": "word",
    }
    labelled = [LabelledDiff(bank.weight_diff(i, f"d{i}"), row | {"name": f"d{i}"}) for i in range(2)]
    questions = ["Why?", "Who?", "How?"]
    made = [ask_baselines(base, labelled, questions, SampledAnswers(2, 1.0, rows), 0) for rows in (2, 3)]
    assert made[0] == made[1]
    assert {len(each.answers) for each in made[0] if each.method != BASE_QUESTION} == {3}
