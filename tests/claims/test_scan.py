"""Ranks of candidate words: packed likelihoods equal those of one question at a time."""

import pytest
import torch
from loud import loud

from weightscribe.ask import evidence
from weightscribe.claims import scan
from weightscribe.claims.scan import ScanClaimsParams, as_answers, as_user_texts, log_likelihoods, rank_words
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.lora.bank import FactorBank
from weightscribe.trigger_search.ranking import place_of

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
    assert [place_of(index, scores) for index in range(6)] == [4, 2, 4, 4, 6, 2]


PARAMS = ScanClaimsParams(dtype="float32", multiplier=1.5, rows_per_batch=2)


@pytest.mark.usefixtures("few_words")
def test_each_diffs_word_is_ranked_by_its_own_and_by_the_next_diff(base, adapter, labelled):
    ranked = rank_words(base, adapter, labelled, PARAMS)
    assert [each.diff for each in ranked] == ["d0", "d1", "d2"]
    assert [each.rank is None for each in ranked] == [False, True, False]
    for each, own in zip(ranked[::2], labelled[::2], strict=True):
        assert all(1 <= rank <= 3 for rank in (each.rank, each.rank_of_other_diff, each.rank_as_user))
        assert (each.rank == 1) == (each.first_by_evidence == own.row["trigger"])
        assert (each.rank_as_user == 1) == (each.first_as_user == own.row["trigger"])
    same_word = [LabelledDiff(each.weight_diff, {**each.row, "trigger": "Copy"}) for each in labelled]
    of_same = rank_words(base, adapter, same_word, PARAMS)
    assert [each.rank_of_other_diff for each in of_same[:2]] == [each.rank for each in of_same[1:]]
    assert [each.first_by_evidence for each in of_same] == [each.first_by_evidence for each in ranked]


def test_one_diff_alone_has_no_control(base, adapter, labelled):
    with pytest.raises(DataFileError, match="1 test diffs are verified"):
        rank_words(base, adapter, labelled[:1], PARAMS)
