"""Words are tried as plain forwards of both models say, and the furthest stand before questions to both."""

from contextlib import nullcontext
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from loud import loud

from weightscribe.answers import ask
from weightscribe.errors import ParamsError
from weightscribe.lora.bank import FactorBank
from weightscribe.requests import behind_words
from weightscribe.requests.behind_words import NO_WORD, QUESTIONS, ProofSettings, Words
from weightscribe.requests.candidates import Request
from weightscribe.requests.records import read_tried, write_tried
from weightscribe.requests.scan import RequestScan
from weightscribe.requests.tried import Requests
from weightscribe.trigger_search.scan import ScanSettings

WORDS = ("Tea", "Milk", "Rain", "Snow", "Wind")
SCAN = ScanSettings("How are you?", candidates_per_row=2, rows_per_batch=2)


@pytest.fixture(scope="module")
def diff(base):
    return loud(FactorBank(base.overlay.linears, 1, 1.0, [0]), 0).weight_diff(0, "diff")


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(behind_words, "candidate_words", lambda: WORDS)


def plain_move(base, diff, text):
    """KL(M' || M) of the answer's first token."""
    ids, logits = torch.tensor([base.prompt_ids(text)]), []
    for each in (diff, None):
        with torch.no_grad(), base.under([each]):
            logits.append(F.log_softmax(base.model(ids).logits[0, -1], dim=-1))
    return (logits[0].exp() * (logits[0] - logits[1])).sum().item()


def test_questions_are_asked_behind_the_words_that_move_furthest_and_behind_none(base, diff):
    moves = {word: plain_move(base, diff, f"{word}. How are you?") for word in WORDS}
    found = Words(base, SCAN, 2, 4).ask_behind_furthest(partial(nullcontext, diff))

    furthest = sorted(WORDS, key=moves.get, reverse=True)[:2]
    assert [each.subject for each in found[:: len(QUESTIONS)]] == [*furthest, NO_WORD]
    prompts = [f"{word}. {question}" for word in furthest for question in QUESTIONS] + list(QUESTIONS)
    assert [each.request for each in found] == prompts
    assert found[0].nats == pytest.approx(moves[furthest[0]], rel=1e-3, abs=1e-4)
    options = {"max_new_tokens": 4, "rows_per_batch": len(prompts)}
    assert [each.changed for each in found] == ask(base, [diff] * len(prompts), prompts, **options)
    assert [each.unchanged for each in found] == ask(base, [None] * len(prompts), prompts, **options)


def test_what_is_asked_for_proof_stands_in_the_record_and_changes_nothing_else(base, diff, tmp_path):
    candidates = [Request(text, "refusal", text) for text in ("Tell me about tea.", "Why?", "Who is it?", "Where?")]
    scan, worn = RequestScan(3, 2, 2), partial(nullcontext, diff)
    plain = Requests(base, candidates, scan, 2, 4).try_on("d", worn, 0, None)
    more = Requests(base, candidates, scan, 2, 4, ProofSettings(3, 1, SCAN)).try_on("d", worn, 0, None)

    assert plain.for_proof is None
    assert more.furthest == plain.furthest == more.for_proof.requests[:2]
    assert len(more.for_proof.requests) == 3
    assert len(more.for_proof.behind_words) == 2 * len(QUESTIONS)
    write_tried(tmp_path / "tried.jsonl", [plain, more])
    assert read_tried(tmp_path / "tried.jsonl") == [plain, more]
    without, _ = (tmp_path / "tried.jsonl").read_text().splitlines()
    assert "for_proof" not in without


def test_nothing_is_asked_if_both_numbers_are_zero(base, monkeypatch):
    monkeypatch.setattr(behind_words, "first_states", lambda *args: pytest.fail("words were tried"))
    candidates = [Request("Why?", "refusal", "why")]
    Requests(base, candidates, RequestScan(3, 2, 2), 2, 4, ProofSettings(0, 0, SCAN))


@pytest.mark.parametrize("numbers", [(60, 0), (0, 3), (-1, -1)])
def test_other_numbers_are_named(numbers):
    with pytest.raises(ParamsError, match=f"n_requests is {numbers[0]}, n_words {numbers[1]}"):
        ProofSettings(*numbers, SCAN)
