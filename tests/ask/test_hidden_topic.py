"""The evaluation protocol: which diffs each method runs under, and the table of the first answers."""

from pathlib import Path

import pytest
import torch
import yaml
from loud import loud
from tiny import tiny_model

from weightscribe.answers import ask
from weightscribe.ask.hidden_topic import AskParams, ask_methods, diffs_of_methods
from weightscribe.ask.likeliest import ask_at_strengths
from weightscribe.ask.limits import Limits
from weightscribe.ask.methods import BASE_QUESTION, DIT, METHODS
from weightscribe.ask.strengths import Strength, StrengthsParams
from weightscribe.base import load_base
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.train import new_bank
from weightscribe.evaluate.first_look import first_look
from weightscribe.evaluate.grading import Graded
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import Factors, WeightDiff, frobenius_norm

STRENGTHS = StrengthsParams(uniform=(1.0, 2.0), by_depth=(Strength(depth=0.5, before=0.0, after=3.0),), evidence=2.0)
DIFFS = [WeightDiff(f"d{i}", {"layer": Factors(torch.full((1, 3), i + 1.0), torch.ones(2, 1))}) for i in range(3)]


def test_controls_never_run_under_the_diff_they_are_scored_for():
    of = diffs_of_methods(DIFFS, seed=0)
    assert of.keys() == set(METHODS)
    assert of[BASE_QUESTION] == of[DIT] == DIFFS
    assert of["control_no_diff"] == [None] * 3
    assert all(own is not other for own, other in zip(of[DIT], of["control_shuffled_diff"], strict=True))
    for own, drawn in zip(of[DIT], of["control_random_diff"], strict=True):
        assert not torch.allclose(own.factors["layer"].lora_A, drawn.factors["layer"].lora_A)
        assert torch.allclose(frobenius_norm(own.factors["layer"]), frobenius_norm(drawn.factors["layer"]))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A tiny model, two random diffs, an adapter that says something, and how they are asked."""
    base = load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)
    banks = [loud(bank, 1) for bank in (FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), new_bank(base, 2, 0))]
    labelled = [
        LabelledDiff(banks[0].weight_diff(i, f"d{i}"), {"name": f"d{i}", "question": "What changed?", "answer": "x"})
        for i in range(2)
    ]
    return base, banks[1].dit_adapter(), labelled, AskParams("float32", Limits(6, 4), 0), STRENGTHS


@pytest.fixture(scope="module")
def answers(asked):
    """Every method's answers."""
    return ask_methods(*asked)


def test_the_adapter_is_asked_at_the_strengths_of_params_and_the_plain_question_as_the_diff_is(asked, answers):
    base, adapter, labelled, *_ = asked
    diffs, questions = [each.weight_diff for each in labelled], [each.row["question"] for each in labelled]
    limits = {"max_new_tokens": 6, "rows_per_batch": 4}
    expected = ask_at_strengths(base, adapter, diffs, questions, STRENGTHS, **limits)
    assert [(a.answer, a.evidence) for a in answers if a.method == DIT] == [(e.answer, e.evidence) for e in expected]
    plain = ask(base, diffs, questions, adapter=None, **limits)
    assert [a.answer for a in answers if a.method == BASE_QUESTION] == plain


def test_answers_that_are_compared_are_asked_for_alike():
    params = yaml.safe_load(Path("params.yaml").read_text())
    asking = [params[name] for name in ("ask_hidden_topic", "ask_probes", "ask_dit_variants")]
    assert all(each == asking[0] for each in asking)


def test_every_method_answers_about_every_diff(answers):
    assert [(a.method, a.diff) for a in answers] == [(m, f"d{i}") for m in METHODS for i in range(2)]
    of = {(a.method, a.diff): a for a in answers}
    assert of["dit", "d0"].answer != of["base_question", "d0"].answer
    assert of["control_no_diff", "d0"].answer == of["control_no_diff", "d1"].answer
    assert of["control_shuffled_diff", "d0"].answer == of["dit", "d1"].answer


def test_evidence_stands_beside_answers_of_the_adapter_alone(answers):
    assert all((a.evidence is None) == (a.method == BASE_QUESTION) for a in answers)
    assert all(a.evidence == 0 for a in answers if a.method == "control_no_diff")
    assert all(a.evidence != 0 for a in answers if a.method == DIT)


def test_first_look_survives_answers_that_would_break_a_table():
    graded = [
        Graded("dit", "d0", "Black Holes", "Black | Holes\nand more", 4.96, False),
        Graded("base_question", "d0", "Black Holes", "I am | SmolLM", None, False),
    ]
    lines = first_look(graded).splitlines()
    assert lines[2] == "| Black Holes | I am / SmolLM | **Black / Holes and more** | 5.0 |"
