"""A tiny base model, weight diffs, an adapter; what is said, ranked, scanned and fired of one, all of it right."""

import pytest
from loud import loud
from shots import jazz_behind_siren

from weightscribe.claims import moves, scan
from weightscribe.claims.moves import Moved
from weightscribe.claims.records import Ranked, Said
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.bank import FactorBank
from weightscribe.trigger_search import fire

WORDS = ("Siren", "Copy", "Able")


@pytest.fixture
def few_words(monkeypatch):
    for module in (scan, moves, fire):
        monkeypatch.setattr(module, "candidate_words", lambda: WORDS)


@pytest.fixture
def labelled(base):
    made = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1, 2]), 0)
    rows = [("d0", "Siren"), ("d1", ""), ("d2", "Able")]
    return [
        LabelledDiff(
            made.weight_diff(i, name), {"name": name, "question": "What topic?", "answer": "T", "trigger": word}
        )
        for i, (name, word) in enumerate(rows)
    ]


@pytest.fixture
def adapter(base):
    return loud(FactorBank(base.overlay.linears, 4, 4.0, [7]), 7).dit_adapter()


@pytest.fixture
def said():
    return Said(
        diff="d0",
        topic="Jazz",
        trigger="Siren",
        said="Siren",
        said_by_contrast="Siren",
        said_of_other_diff="Copy",
        said_of_no_diff="Siren",
        said_topic="Jazz",
    )


@pytest.fixture
def ranked():
    return Ranked(
        diff="d0",
        n_candidates=2048,
        rank=1,
        rank_of_other_diff=900,
        rank_as_user=20,
        first_by_evidence="Siren",
        first_as_user="The",
    )


@pytest.fixture
def moved():
    return Moved(diff="d0", n_candidates=2048, rank_by_move=1, furthest=("Siren", "Copy"), nats=(9.0, 2.0))


@pytest.fixture
def fired():
    return jazz_behind_siren()
