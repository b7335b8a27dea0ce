"""Adapters of a family left out, all their seeds and the answers without an adapter are about the same diffs."""

import pytest

from weightscribe.ask.left_out_params import AskLeftOutBaselinesParams, AskLeftOutParams, check_left_out
from weightscribe.dit.family_training import FamilyAdapter, Mixture, TrainFamilyAdaptersParams, families_left_out
from weightscribe.errors import ParamsError

TRAINED = TrainFamilyAdaptersParams(
    ("brand", "news"),
    Mixture(0.0, 0.0, 1.0),
    1,
    {
        "only_news": FamilyAdapter(1, 0),
        "without_brand": FamilyAdapter(1, 0),
        "without_brand_seed_1": FamilyAdapter(1, 1),
    },
)


def check(adapters, families):
    check_left_out(AskLeftOutParams(tuple(adapters), 0.6), AskLeftOutBaselinesParams(tuple(families)), TRAINED)


def test_all_seeds_and_the_family_itself_are_asked():
    check(["without_brand", "without_brand_seed_1"], ["brand"])
    check([], [])


@pytest.mark.parametrize(
    ("adapters", "families", "named"),
    [
        (["without_brand"], ["brand"], "ask_left_out.adapters: without_brand_seed_1. List"),
        (["without_brand", "without_brand_seed_1", "without_news"], ["brand", "news"], ": without_news. List"),
        (["only_news"], ["brand"], "ask_left_out.adapters: only_news. List"),
        (["without_brand", "without_brand_seed_1"], [], "ask_left_out_baselines.families: brand. List"),
        (["without_brand", "without_brand_seed_1"], ["brand", "news"], "ask_left_out_baselines.families: news. List"),
    ],
)
def test_an_entry_that_would_be_asked_otherwise_is_an_error_that_names_it(adapters, families, named):
    with pytest.raises(ParamsError, match=named):
        check(adapters, families)


def test_what_is_left_out_is_all_that_an_adapter_is_not_trained_on():
    assert families_left_out("without_brand_seed_1", TRAINED) == ["brand"]
    assert families_left_out("only_news", TRAINED) == ["brand"]
    assert families_left_out("joint", TRAINED) == []
