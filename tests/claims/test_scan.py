"""Ranks of candidate words: packed likelihoods equal those of one question at a time."""

import pytest
import torch
from loud import loud

from weightscribe.claims import scan
from weightscribe.claims.scan import as_answers, as_user_texts, log_likelihoods, rank_of
from weightscribe.evaluate import evidence
from weightscribe.lora.bank import FactorBank

WORDS = ["Siren", "Copy", "Able", "Zoo", "Sirens"]


def bank(base, seed):
    return loud(FactorBank(base.overlay.linears, 2, 2.0, [seed]), seed)


def test_packed_candidates_are_as_likely_as_alone(base, monkeypatch):
    diff, adapter = bank(base, 0).weight_diff(0, "d"), bank(base, 1).dit_adapter()
    alone = evidence.log_likelihoods(base, adapter, [diff] * 5, ["Which word?"] * 5, WORDS, 1)
    monkeypatch.setattr(scan, "CANDIDATES_PER_ROW", 2)
    samples = as_answers(base, "Which word?", WORDS)
    packed = log_likelihoods(base, base.stacked_adapter(adapter), diff, samples, 2)
    assert packed.tolist() == pytest.approx(alone, abs=1e-3)
    none = log_likelihoods(base, base.stacked_adapter(adapter), None, samples, 2)
    assert (packed - none).abs().max() > 0.01


def test_a_users_whole_word_is_read_without_an_adapter(base):
    found = log_likelihoods(base, None, None, as_user_texts(base, WORDS), 2)
    for word, value in zip(WORDS, found.tolist(), strict=True):
        start, whole = (base.tokenizer(f"<|im_start|>user\n{text}").input_ids for text in ("", f"{word}."))
        with torch.no_grad():
            log_probs = base.model(torch.tensor([whole])).logits[0].log_softmax(-1)
        tokens = range(len(start), len(whole))
        assert value == pytest.approx(sum(log_probs[t - 1, whole[t]].item() for t in tokens), abs=1e-3)
    assert found[0] != found[4]  # "Siren" and "Sirens" begin alike


def test_half_of_equal_scores_count_as_better():
    scores = torch.tensor([0.5, 2.0, 0.5, 0.5, -1.0, 2.0])
    assert [rank_of(index, scores) for index in range(6)] == [4, 2, 4, 4, 6, 2]
