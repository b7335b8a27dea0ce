"""Pairs are an answer the judge calls right and one it calls wrong, to the same weight diff."""

from dataclasses import replace

import pytest

from weightscribe.errors import ParamsError
from weightscribe.levers import own_answers
from weightscribe.levers.own_answers import preferences
from weightscribe.levers.settings import OwnAnswers

HOW = OwnAnswers(n_samples=3, temperature=1.0, min_right=4.0, max_wrong=2.0, pairs_per_case=2)
SAID = {
    "d0": ["even", "odd", "odd"],
    "d1": ["odd", "one", "abc"],
    "d2": ["even", "four", ""],
    "d3": ["zzzzzz", "w3\nand more", "odd"],
}


@pytest.fixture
def said(monkeypatch):
    def ask(base, diffs, prompts, **kwargs):
        assert kwargs["rows_per_batch"] % HOW.n_samples == 0  # whole cases in a batch
        counts = {}
        texts = []
        for diff in diffs:
            counts[diff.name] = counts.get(diff.name, -1) + 1
            texts.append(SAID[diff.name][counts[diff.name]])
        return texts

    monkeypatch.setattr(own_answers, "ask", ask)


def test_right_against_wrong_of_the_same_diff(base, adapter, cases, judge, said):
    pairs = preferences(base, adapter, cases[:4], judge, HOW, answer_tokens=4, seed=0)
    found = sorted((pair.right.weight_diff.name, pair.right.answer, pair.wrong, pair.own) for pair in pairs)
    assert found == [
        ("d0", "even", "odd", True),  # said twice, paired once
        ("d1", "w1", "odd", False),  # nothing right of its own: the true answer
        ("d1", "w1", "one", False),  # two pairs at most
        ("d3", "w3", "odd", True),  # of right answers the exact one, and its first line
    ]


def test_where_nothing_is_wrong_there_is_nothing_to_prefer(base, adapter, cases, judge, said):
    with pytest.raises(ParamsError, match="answers no left-out case wrong"):
        preferences(base, adapter, cases[2:3], judge, HOW, answer_tokens=4, seed=0)


def test_every_case_is_asked_under_its_own_diff_and_the_seed_decides(base, adapter, cases, judge):
    def pairs_of(some, seed=0, temperature=1.0):
        how = replace(HOW, temperature=temperature, max_wrong=5.0, min_right=6.0)
        return preferences(base, adapter, some, judge, how, answer_tokens=4, seed=seed)

    assert pairs_of(cases) == pairs_of(cases) != pairs_of(cases, seed=1)
    # Next to no chance: what is said depends on the diff alone.
    together = {pair.right.weight_diff.name: pair.wrong for pair in pairs_of(cases, temperature=1e-4)}
    alone = {case.weight_diff.name: pairs_of([case], temperature=1e-4)[0].wrong for case in cases}
    assert together == alone
    assert len(set(alone.values())) > 1
