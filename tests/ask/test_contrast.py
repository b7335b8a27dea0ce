"""Decoding by contrast: the plain answer at strength 0, else plausible tokens that the diff makes likelier."""

import pytest
import torch
from loud import loud
from tiny import tiny_model

from weightscribe.answers import ask
from weightscribe.ask.contrast import ask_by_contrast
from weightscribe.base import load_base
from weightscribe.dit.train import new_bank
from weightscribe.lora.bank import FactorBank

PROMPTS = ["What changed?", "How were you changed, then?", "Why?"]
LIMITS = {"max_new_tokens": 6, "rows_per_batch": 2}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    base = load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)
    banks = [loud(bank, 1) for bank in (FactorBank(base.overlay.linears, 1, 1.0, [0, 1, 2]), new_bank(base, 2, 0))]
    return base, banks[1].dit_adapter(), [banks[0].weight_diff(i, f"d{i}") for i in range(3)]


def test_without_strength_it_is_the_plain_answer(models):
    base, adapter, diffs = models
    plain = ask(base, diffs, PROMPTS, adapter=adapter, **LIMITS)
    assert ask_by_contrast(base, adapter, diffs, PROMPTS, strength=0.0, **LIMITS) == plain
    assert ask_by_contrast(base, adapter, diffs, PROMPTS, strength=5.0, **LIMITS) != plain


@pytest.mark.parametrize("strength", [0.0, 5.0])
def test_answers_that_go_on_in_batches_of_their_own_are_the_same(models, strength):
    base, adapter, diffs = models
    in_one = ask_by_contrast(base, adapter, diffs, PROMPTS, strength=strength, **LIMITS)
    in_two = ask_by_contrast(base, adapter, diffs, PROMPTS, strength=strength, first_tokens=2, **LIMITS)
    assert in_two == in_one


def test_where_nothing_differs_strength_changes_nothing(models):
    base, adapter, _ = models
    nothing = [None] * len(PROMPTS)
    plain = ask(base, nothing, PROMPTS, adapter=adapter, **LIMITS)
    assert ask_by_contrast(base, adapter, nothing, PROMPTS, strength=5.0, **LIMITS) == plain


def test_the_first_token_has_the_largest_contrast_among_plausible_ones(models):
    base, adapter, diffs = models
    (answer,) = ask_by_contrast(base, adapter, diffs[:1], PROMPTS[:1], strength=2.0, max_new_tokens=1, rows_per_batch=1)
    ids, stacked = torch.tensor([base.prompt_ids(PROMPTS[0])]), base.stacked_adapter(adapter)
    with torch.no_grad():
        with base.under(diffs[:1], stacked):
            with_diff = base.model(ids).logits[0, -1].log_softmax(-1)
        with base.under([None], stacked):
            without = base.model(ids).logits[0, -1].log_softmax(-1)
    contrast = (3 * with_diff - 2 * without).masked_fill(with_diff.exp() < 0.1 * with_diff.exp().max(), -torch.inf)
    assert answer == base.tokenizer.decode(contrast.argmax(), skip_special_tokens=True).strip()
