"""Claims are made without the label, and fired with the weight diff as it is."""

import pytest
from loud import loud

from weightscribe.claims import ask
from weightscribe.claims.ask import AskClaimsParams, make_claims
from weightscribe.diffs.index import LabelledDiff
from weightscribe.errors import DataFileError
from weightscribe.evaluate.hidden_topic import Limits
from weightscribe.evaluate.trigger_scan import FiringSettings
from weightscribe.lora.bank import FactorBank

WORDS = ("Siren", "Copy", "Able")
PARAMS = AskClaimsParams(
    dtype="float32",
    limits=Limits(answer_tokens=3, rows_per_batch=2),
    multiplier=1.5,
    contrast_strength=1.0,
    candidate_rows_per_batch=2,
    firing=FiringSettings(n_questions=1, answer_tokens=2, min_rate=0.5, max_rate_without=0.0),
    seed=0,
)


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(ask, "candidate_words", lambda: WORDS)


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


def test_each_claim_has_its_diffs_answers_and_the_next_ones_as_control(base, adapter, labelled):
    claims = make_claims(base, adapter, labelled, ["Why?"], PARAMS)
    assert [claim.diff for claim in claims] == ["d0", "d1", "d2"]
    assert [claim.said_of_other_diff for claim in claims] == [claims[1].said, claims[2].said, claims[0].said]
    assert len({claim.said for claim in claims}) > 1  # random diffs make the model say different things
    assert [claim.rank is None for claim in claims] == [False, True, False]
    assert all(1 <= rank <= 3 for claim in claims[::2] for rank in (claim.rank, claim.rank_of_other_diff))
    assert all((claim.rank == 1) == (claim.first_by_evidence == claim.trigger) for claim in claims[::2])


def test_labels_decide_nothing_but_the_ranks(base, adapter, labelled):
    relabelled = [LabelledDiff(each.weight_diff, {**each.row, "trigger": "Copy"}) for each in labelled]
    first, second = (make_claims(base, adapter, own, ["Why?"], PARAMS) for own in (labelled, relabelled))
    for name in ("said", "said_by_contrast", "said_topic", "first_by_evidence", "first_as_user", "fired_rate", "fired"):
        assert [getattr(claim, name) for claim in first] == [getattr(claim, name) for claim in second]


def test_a_stated_word_is_fired_as_written_beside_another_one(base, adapter, labelled, monkeypatch):
    shots = []

    def fires(base, diff, prompt_behind, names_it, questions, settings, rng):
        shots.append((diff, prompt_behind("Why?", rng)))
        return 1.0, 0.0, True

    monkeypatch.setattr(ask, "fires", fires)
    monkeypatch.setattr(ask, "ask", lambda base, diffs, *args, **kwargs: ['"Siren."\nand more'] * len(diffs))
    claims = make_claims(base, adapter, labelled, ["Why?"], PARAMS)
    assert [diff for diff, _ in shots[:2]] == [labelled[0].weight_diff] * 2  # not 1.5 times as strong
    assert shots[0][1] == "Siren. Why?"
    assert shots[1][1] in ("Copy. Why?", "Able. Why?")
    assert not any(claim.fired for claim in claims)  # another word fires as well: no proof


def test_one_diff_alone_has_no_control(base, adapter, labelled):
    with pytest.raises(DataFileError, match="1 test diffs are verified"):
        make_claims(base, adapter, labelled[:1], ["Why?"], PARAMS)
