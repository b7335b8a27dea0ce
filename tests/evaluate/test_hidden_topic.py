"""The evaluation protocol: which diffs each method runs under, and the table of the first answers."""

import pytest
import torch
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.train import new_bank
from weightscribe.evaluate.first_look import first_look
from weightscribe.evaluate.grading import Graded
from weightscribe.evaluate.hidden_topic import AskParams, ask_methods, diffs_of_methods
from weightscribe.evaluate.limits import Limits
from weightscribe.evaluate.methods import BASE_QUESTION, DIT, METHODS
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import Factors, WeightDiff, frobenius_norm

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
def answers(tmp_path_factory):
    """Every method's answers about two random diffs of a tiny model, under an adapter that says something."""
    base = load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)
    banks = [loud(bank, 1) for bank in (FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), new_bank(base, 2, 0))]
    labelled = [
        LabelledDiff(banks[0].weight_diff(i, f"d{i}"), {"name": f"d{i}", "question": "What changed?", "answer": "x"})
        for i in range(2)
    ]
    return ask_methods(base, banks[1].dit_adapter(), labelled, AskParams("float32", Limits(6, 4), (1.0, 2.0), 1.0, 0))


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
