"""A request moves M' as far as plain forwards of both models say, and the furthest ones are answered by both."""

from contextlib import nullcontext
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from loud import loud

from weightscribe.answers import ask
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.lora.bank import FactorBank
from weightscribe.requests import scan
from weightscribe.requests.candidates import Request
from weightscribe.requests.records import read_tried, write_tried
from weightscribe.requests.scan import RequestScan, with_base_answers
from weightscribe.requests.tried import Requests

TEXTS = ("Tell me about tea.", "Why?", "Describe a long winter in the north.", "Tell me about rain.", "Who?")
CANDIDATES = [Request(text, "refusal", text) for text in TEXTS]
SCAN = RequestScan(answer_tokens=3, requests_per_row=2, rows_per_batch=2)


@pytest.fixture(scope="module")
def diff(base):
    return loud(FactorBank(base.overlay.linears, 1, 1.0, [0]), 0).weight_diff(0, "diff")


@pytest.fixture(scope="module")
def requests(base):
    return Requests(base, CANDIDATES, SCAN, n_asked=2, answer_tokens=4)


def plain_move(base, diff, text):
    """KL(M' || M) along the base model's greedy answer, one forward a model."""
    ids = base.prompt_ids(text)
    with torch.no_grad(), base.under([None]):
        for _ in range(SCAN.answer_tokens):
            ids.append(base.model(torch.tensor([ids])).logits[0, -1].argmax().item())
            if ids[-1] == base.tokenizer.eos_token_id:
                break
        logits = [base.model(torch.tensor([ids])).logits[0]]
    with torch.no_grad(), base.under([diff]):
        logits.append(base.model(torch.tensor([ids])).logits[0])
    places = slice(len(base.prompt_ids(text)) - 1, len(ids) - 1)
    unchanged, changed = (F.log_softmax(each[places], dim=-1) for each in logits)
    return (changed.exp() * (changed - unchanged)).sum().item()


def test_moves_are_those_of_plain_forwards(base, diff, requests):
    found = requests.moves(partial(nullcontext, diff))
    assert found.tolist() == pytest.approx([plain_move(base, diff, text) for text in TEXTS], rel=1e-3, abs=1e-4)
    assert requests.moves(partial(nullcontext, None)).abs().max() < 1e-6


def test_an_answer_that_ends_counts_up_to_its_end(base, monkeypatch):
    ends = base.tokenizer.eos_token_id
    answers = torch.tensor([[5, ends, base.tokenizer.pad_token_id], [5, 6, 7], [ends, 5, 5]])
    monkeypatch.setattr(scan, "generate_from_ids", lambda model, tokenizer, rows, **options: answers[: len(rows)])
    found = with_base_answers(base, ["a", "b", "c"], 3)
    assert [sample.completion_ids for sample in found] == [(5, ends), (5, 6, 7), (ends,)]
    monkeypatch.setattr(base.model.generation_config, "eos_token_id", [ends, 6])  # a chat model's end of turn
    assert [sample.completion_ids for sample in with_base_answers(base, ["a", "b"], 3)] == [(5, ends), (5, 6)]


def test_the_furthest_come_first_with_both_answers(base, diff, requests):
    worn = partial(nullcontext, diff)
    moved = requests.moves(worn)
    tried = requests.try_on("d", worn, true=1, other=None)
    order = moved.argsort(descending=True).tolist()
    assert [each.request for each in tried.furthest] == [TEXTS[place] for place in order[:2]]
    assert tried.rank == order.index(1) + 1
    assert tried.rank_of_other is None
    assert tried.n_candidates == len(TEXTS)
    texts = [each.request for each in tried.furthest]
    options = {"max_new_tokens": 4, "rows_per_batch": 2}
    assert [each.changed for each in tried.furthest] == ask(base, [diff] * 2, texts, **options)
    assert [each.unchanged for each in tried.furthest] == ask(base, [None] * 2, texts, **options)


def test_one_request_is_enough(base, diff):
    tried = Requests(base, CANDIDATES[:1], SCAN, n_asked=3, answer_tokens=4).try_on(
        "d", partial(nullcontext, diff), 0, 0
    )
    assert [each.request for each in tried.furthest] == [TEXTS[0]]
    assert tried.rank == 1


@pytest.mark.parametrize(("n_asked", "scan_tokens", "fault"), [(0, 3, "n_asked is 0"), (2, 0, "answer_tokens is 0")])
def test_numbers_below_one_are_named(base, n_asked, scan_tokens, fault):
    with pytest.raises(ParamsError, match=fault):
        Requests(base, CANDIDATES, RequestScan(scan_tokens, 2, 2), n_asked=n_asked, answer_tokens=4)


def test_records_come_back_as_written(diff, requests, tmp_path):
    tried = [requests.try_on("d", partial(nullcontext, diff), 0, None)]
    write_tried(tmp_path / "tried.jsonl", tried)
    assert read_tried(tmp_path / "tried.jsonl") == tried
    with pytest.raises(DataFileError, match="is missing"):
        read_tried(tmp_path / "other.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"diff": "d"}\n')
    with pytest.raises(DataFileError, match="holds no tried requests"):
        read_tried(tmp_path / "bad.jsonl")
