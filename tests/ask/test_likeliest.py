"""A diff asked at several strengths: the answer that is likeliest if any of them may be right."""

import math

import pytest
import torch

from weightscribe.answers import ask
from weightscribe.ask.evidence import evidence, log_likelihoods
from weightscribe.ask.likeliest import ask_at_strengths, candidates_of, likeliest
from weightscribe.ask.strengths import Strength, StrengthsParams, at_strength, count_layers
from weightscribe.lora.factors import scaled

QUESTION = "What changed?"
STRENGTHS = StrengthsParams(uniform=(0.5, 1.0), by_depth=(Strength(depth=0.5, before=0.0, after=3.0),), evidence=1.0)
LIMITS = {"max_new_tokens": 4, "rows_per_batch": 3}


def test_one_strength_is_asking_and_its_evidence(base, adapter, diffs):
    stronger = [scaled(diff, 1.5) for diff in diffs]
    said = ask_at_strengths(base, adapter, diffs, [QUESTION] * 3, StrengthsParams((1.5,), (), 1.5), **LIMITS)
    assert [each.answer for each in said] == ask(base, stronger, [QUESTION] * 3, adapter=adapter, **LIMITS)
    expected = evidence(base, adapter, stronger, [QUESTION] * 3, [each.answer for each in said], 3)
    assert [each.evidence for each in said] == pytest.approx(expected, abs=1e-4)


def test_of_the_answers_at_every_strength_the_likeliest_over_all_is_given(base, adapter, diffs):
    said = ask_at_strengths(base, adapter, diffs, [QUESTION] * 3, STRENGTHS, **LIMITS)
    n_candidates = []
    for diff, found in zip(diffs, said, strict=True):
        at = [at_strength(diff, strength, count_layers(base)) for strength in STRENGTHS.all()]
        candidates = sorted(set(ask(base, at, [QUESTION] * len(at), adapter=adapter, **LIMITS)))
        n_candidates.append(len(candidates))

        def mean(text, at=at):
            values = log_likelihoods(base, adapter, at, [QUESTION] * len(at), [text] * len(at), 3)
            return torch.tensor(values).exp().mean().log().item()

        assert found.answer == max(candidates, key=mean)
        without = log_likelihoods(base, adapter, [None], [QUESTION], [found.answer], 3)[0]
        (as_it_is,) = log_likelihoods(base, adapter, [diff], [QUESTION], [found.answer], 1)
        assert found.evidence == pytest.approx(as_it_is - without, abs=1e-3)
    assert max(n_candidates) > 1  # else nothing was chosen


def test_without_a_diff_there_is_no_evidence(base, adapter, diffs):
    (found, _) = ask_at_strengths(base, adapter, [None, diffs[0]], [QUESTION] * 2, STRENGTHS, **LIMITS)
    assert found.evidence == 0
    assert found.answer == ask(base, [None], [QUESTION], adapter=adapter, **LIMITS)[0]


def test_sure_once_beats_unsure_always_but_not_nearly_sure_always():
    sure, nearly, unsure = math.log(0.9), math.log(0.5), math.log(0.2)
    once = [-50.0, sure, -50.0]
    assert likeliest({"always": [unsure] * 3, "once": once}) == "once"
    assert likeliest({"once": once, "always": [nearly] * 3}) == "always"


def test_nothing_is_no_answer_beside_another():
    assert candidates_of(["", "Kraken", "", "Kraken", "Krakens"]) == ["Kraken", "Krakens"]
    assert candidates_of(["", ""]) == [""]
