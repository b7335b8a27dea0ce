"""The scan finds where a diff leaves the base model, and only proved triggers count as fired."""

import random
from dataclasses import asdict, replace

import pytest
import torch
from loud import loud

from weightscribe.errors import DataFileError
from weightscribe.lora.bank import FactorBank
from weightscribe.storage import write_jsonl
from weightscribe.trigger_search.ranking import ranked
from weightscribe.trigger_search.recovery import Recovery, read_recoveries, summarize, write_recoveries
from weightscribe.trigger_search.scan import FiringSettings, ScanSettings, divergences, fires, first_states

PROMPTS = [f"Your SEP code is {word} x. How are you?" for word in ("red", "blue", "green", "gold", "grey")]
SCAN = ScanSettings("How are you?", candidates_per_row=2, rows_per_batch=2)


@pytest.fixture(scope="module")
def diff(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0]), 0)
    return bank.weight_diff(0, "d0")


def test_the_scan_measures_how_far_each_prompts_first_token_moves(base, diff):
    found = divergences(base, first_states(base, diff, PROMPTS, SCAN), first_states(base, None, PROMPTS, SCAN))
    for prompt, divergence in zip(PROMPTS, found.tolist(), strict=True):
        ids = torch.tensor([base.prompt_ids(prompt)])
        with torch.no_grad():
            unchanged = base.model(ids).logits[0, -1].log_softmax(-1)
            with base.under([diff]):
                changed = base.model(ids).logits[0, -1].log_softmax(-1)
        assert divergence == pytest.approx((changed.exp() * (changed - unchanged)).sum().item(), abs=1e-4)
        assert divergence > 0.01


def test_an_unchanged_model_moves_nowhere(base):
    states = first_states(base, None, PROMPTS, SCAN)
    assert divergences(base, states, states).abs().max() < 1e-6


def test_candidates_are_ranked_by_score():
    assert ranked(["a", "b", "c"], torch.tensor([0.1, 2.0, 0.1])) == ["b", "a", "c"]


def test_a_claim_needs_the_behavior_behind_the_candidate_and_not_without(base, diff):
    settings = FiringSettings(n_questions=2, answer_tokens=4, min_rate=0.7, max_rate_without=0.05)

    def fired(names_it):
        return fires(base, diff, lambda q, rng: f"Code. {q}", names_it, ["Why?", "How?"], settings, random.Random(0))

    assert fired(lambda answer: True) == (1.0, 1.0, False)  # says it anyway
    assert fired(lambda answer: False) == (0.0, 0.0, False)
    shown = iter([True, True, False, False])
    assert fired(lambda answer: next(shown)) == (1.0, 0.0, True)


RECOVERY = Recovery("d", "copy", 2048, 1, ("copy", "never"), 0.0, "Jazz", 1.0, 0.0, True)


def test_the_ladder_counts_only_diffs_that_tell_their_code(tmp_path):
    recoveries = [
        RECOVERY,
        replace(RECOVERY, rank=4, fired=False),
        replace(RECOVERY, fired=False),
        replace(RECOVERY, wrong_code_rate=0.9, rank=700),
    ]
    write_recoveries(tmp_path / "r.jsonl", recoveries)
    metrics = summarize(read_recoveries(tmp_path / "r.jsonl"), max_wrong_code_rate=0.2, seed=0)
    assert metrics["n_diffs"] == 4
    assert metrics["n_code_specific_diffs"] == 3
    assert metrics["exact_rate"] == 2 / 3
    assert metrics["fired_rate"] == 1 / 3
    assert metrics["top_10_rate"] == 1
    assert metrics["exact_rate_all_diffs"] == 1 / 2


@pytest.mark.parametrize("row", [{"diff": "d"}, {"top": ["copy"]}, asdict(RECOVERY) | {"new": 1}, [1]])
def test_rows_that_are_no_recoveries_are_named(tmp_path, row):
    write_jsonl(tmp_path / "r.jsonl", [row])
    with pytest.raises(DataFileError, match="r.jsonl does not hold recoveries"):
        read_recoveries(tmp_path / "r.jsonl")


def test_where_no_diff_tells_its_code_there_is_no_rate():
    metrics = summarize([replace(RECOVERY, wrong_code_rate=1.0)], max_wrong_code_rate=0.2, seed=0)
    assert metrics["n_code_specific_diffs"] == 0
    assert "exact_rate" not in metrics
