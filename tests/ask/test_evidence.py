"""Evidence is what a diff adds to the likelihood of an answer."""

import pytest
import torch
from loud import loud

from weightscribe.ask.evidence import evidence, log_likelihoods
from weightscribe.dit.train import new_bank
from weightscribe.lora.bank import FactorBank


@pytest.fixture(scope="module")
def diffs(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1]), 0, size=0.2)
    return [bank.weight_diff(i, f"d{i}") for i in range(2)]


def test_the_likelihood_is_that_of_the_answer_and_its_end(base):
    adapter = new_bank(base, 2, 0).dit_adapter()  # lora_B is zero: M + A is M
    (found,) = log_likelihoods(base, adapter, [None], ["What changed?"], ["Paris"], 4)
    prompt = base.prompt_ids("What changed?")
    answer = [*base.tokenizer("Paris", add_special_tokens=False).input_ids, base.tokenizer.eos_token_id]
    with torch.no_grad():
        log_probs = base.model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
    expected = sum(log_probs[len(prompt) + i - 1, token].item() for i, token in enumerate(answer))
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_unchanged_model_has_none_and_a_diff_has_its_own_whatever_the_batch(base, diffs):
    adapter = new_bank(base, 2, 0).dit_adapter()
    rows = [None, *diffs]
    together = evidence(base, adapter, rows, ["What changed?"] * 3, ["red", "blue", "green"], 3)
    alone = evidence(base, adapter, rows, ["What changed?"] * 3, ["red", "blue", "green"], 1)
    assert together[0] == 0
    assert abs(together[1]) > 0.01
    assert together == pytest.approx(alone, abs=1e-3)


def test_answers_that_share_a_row_are_as_likely_as_alone(base, diffs):
    adapter = new_bank(base, 2, 0).dit_adapter()
    asked = [(diff, question) for diff in [None, *diffs] for question in ("What changed?", "Why?")]
    rows = [(diff, question, answer) for answer in ("red", "blue and green", "a") for diff, question in asked]
    of_each = list(map(list, zip(*rows, strict=True)))
    alone = log_likelihoods(base, adapter, *of_each, 4)
    assert len({round(value, 3) for value in alone}) == len(alone)
    for rows_per_batch, answers_per_row in ((4, 2), (5, 3), (2, 16)):
        together = log_likelihoods(base, adapter, *of_each, rows_per_batch, answers_per_row)
        assert together == pytest.approx(alone, abs=1e-4)
