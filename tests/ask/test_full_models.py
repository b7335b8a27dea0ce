"""A whole model is asked as the weight diff that it is."""

from dataclasses import replace

import pytest
import torch

from weightscribe.answers import ask
from weightscribe.ask.full_models import AskFullParams, ask_full
from weightscribe.ask.likeliest import ask_at_strengths
from weightscribe.ask.strengths import Strength, StrengthsParams
from weightscribe.base import load_base
from weightscribe.lora.factors import scaled

QUESTION = "What changed?"
PARAMS = AskFullParams(dtype="float32", answer_tokens=4, multipliers=(2.0,), low_ranks=(1,), seed=0)
STRENGTHS = StrengthsParams(uniform=(0.5, 1.0), by_depth=(Strength(depth=0.5, before=0.25, after=3.0),), evidence=1.0)


@pytest.fixture(scope="module")
def models(base, diffs, tmp_path_factory):
    """A folder with every diff merged into a whole model of its own; `base` is as before."""
    folder = tmp_path_factory.mktemp("models")
    for diff in diffs:
        merged = load_base(base.identity.folder, "float32", None)
        with torch.no_grad():
            for layer, (lora_A, lora_B) in diff.factors.items():
                merged.overlay.linears[layer].weight += lora_B @ lora_A
        merged.model.save_pretrained(folder / diff.name)
    return folder


def test_a_whole_model_says_what_its_diff_says(base, adapter, diffs, models):
    rows = [{"name": diff.name, "question": QUESTION, "answer": "a topic"} for diff in diffs]
    before = {name: weight.clone() for name, weight in base.model.named_parameters()}
    found = ask_full(base, adapter, models, rows, PARAMS, STRENGTHS)
    said = {(each.method, each.diff): each.answer for each in found}
    assert all(torch.equal(weight, before[name]) for name, weight in base.model.named_parameters())

    limits = {"max_new_tokens": 4, "rows_per_batch": 4}
    questions = [QUESTION] * len(diffs)
    expected = {
        "dit": [each.answer for each in ask_at_strengths(base, adapter, diffs, questions, STRENGTHS, **limits)],
        "x2": ask(base, [scaled(diff, 2.0) for diff in diffs], questions, adapter=adapter, **limits),
        "base_question": ask(base, diffs, questions, adapter=None, **limits),
    }
    expected["cut_1"] = expected["dit"]  # the diffs are of rank 1
    assert said == {
        (method, diff.name): text for method, texts in expected.items() for diff, text in zip(diffs, texts, strict=True)
    }
    assert len(set(expected["dit"])) > 1
    uniform_only = ask_at_strengths(base, adapter, diffs, questions, replace(STRENGTHS, by_depth=()), **limits)
    assert expected["dit"] != [each.answer for each in uniform_only]
    assert expected["dit"] != ask(base, diffs, questions, adapter=adapter, **limits)
