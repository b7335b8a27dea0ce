"""The furthest word is the one whose answer the weight diff changes most; what is scanned is kept."""

from dataclasses import replace

import pytest
import torch

from weightscribe.claims import moves
from weightscribe.claims.moves import read_moves, scan_moves, write_moves
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import scaled
from weightscribe.trigger_search.scan import ScanSettings

SETTINGS = ScanSettings(question="Why?", candidates_per_row=2, rows_per_batch=1)
WORDS = ("Siren", "Copy", "Able")

pytestmark = pytest.mark.usefixtures("few_words")


def alone(base, diff, word):
    """KL(M' || M) of the first answer token, one unpacked prompt at a time."""
    ids = torch.tensor([base.prompt_ids(f"{word}. Why?")])
    with torch.no_grad():
        with base.under([diff]):
            ours = base.model(ids).logits[0, -1].log_softmax(-1)
        theirs = base.model(ids).logits[0, -1].log_softmax(-1)
    return (ours.exp() * (ours - theirs)).sum().item()


def test_words_are_ordered_by_how_far_they_move_the_diff(base, labelled, tmp_path):
    found = scan_moves(base, labelled, SETTINGS, tmp_path)
    assert [each.diff for each in found] == ["d0", "d1", "d2"]
    for each, own in zip(found, labelled, strict=True):
        expected = {word: alone(base, own.weight_diff, word) for word in WORDS}
        assert dict(zip(each.furthest, each.nats, strict=True)) == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert list(each.nats) == sorted(each.nats, reverse=True)
        word = own.row["trigger"]
        assert each.rank_by_move == (each.furthest.index(word) + 1 if word else None)


def test_a_finished_diff_is_not_scanned_again(base, labelled, tmp_path, monkeypatch):
    first = scan_moves(base, labelled[:1], SETTINGS, tmp_path)
    scanned = []
    real = moves.first_states
    monkeypatch.setattr(
        moves, "first_states", lambda base, diff, *rest: scanned.append(diff) or real(base, diff, *rest)
    )
    assert scan_moves(base, labelled[:1], SETTINGS, tmp_path) == first
    assert scanned == []
    stronger = [replace(labelled[0], weight_diff=scaled(labelled[0].weight_diff, 2.0))]
    assert scan_moves(base, stronger, SETTINGS, tmp_path) != first
    assert scanned == [None, stronger[0].weight_diff]
    scan_moves(base, labelled[:1], replace(SETTINGS, question="How?"), tmp_path)
    assert len(scanned) == 4


def test_moves_go_through_a_file(tmp_path, moved):
    path = tmp_path / "moves.jsonl"
    write_moves(path, [moved])
    assert read_moves(path) == [moved]
    path.write_text('{"diff": "d0"}\n')
    with pytest.raises(DataFileError, match="holds no scan of words"):
        read_moves(path)
    with pytest.raises(DataFileError, match="is missing"):
        read_moves(tmp_path / "other.jsonl")
