"""The rows a joint DIT adapter is trained on: which diff, which question, which answer."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from weightscribe.behaviors.family import GENERAL_QUESTIONS, SEPARATOR
from weightscribe.behaviors.registry import family_named
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.family_cases import draw_cases, report_of
from weightscribe.dit.family_training import (
    FamilyAdapter,
    Mixture,
    TrainFamilyAdaptersParams,
    families_of,
    mixture_of,
    n_rows_of,
    seed_of,
)
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import Factors, WeightDiff


def labelled(family, n):
    return [
        LabelledDiff(
            WeightDiff(f"{family}-{i}", {"layer": Factors(torch.randn(1, 3), torch.randn(2, 1))}),
            {"name": f"{family}-{i}", "behavior": family, "answer": f"It loves B{i}" if family == "brand" else f"L{i}"},
        )
        for i in range(n)
    ]


DIFFS = {
    "persona": labelled("persona", 4),
    "brand": labelled("brand", 16),
    "benign": [
        LabelledDiff(each.weight_diff, {**each.row, "answer": "Nothing notable"}) for each in labelled("benign", 4)
    ],
}


PLAIN = {"general_share": 0.5, "pair_share": 0.0, "benign_factor": 1.0}


def drawn(n_rows=600, names=tuple(DIFFS), seed=0, **mixture):
    return draw_cases(
        {name: DIFFS[name] for name in names},
        n_rows,
        Mixture(**PLAIN | mixture),
        seed,
    )


def family_of(case):
    return case.weight_diff.name.split("-")[0] if case.weight_diff else "benign"


def test_families_come_by_the_root_of_their_size_and_diffs_equally_often():
    counts = Counter(family_of(case) for case in drawn())
    assert counts["brand"] == pytest.approx(300, abs=50)  # 4 of 4 + 2 + 2
    assert counts["persona"] == pytest.approx(150, abs=40)
    of_diff = Counter(case.weight_diff.name for case in drawn() if family_of(case) == "brand")
    assert max(of_diff.values()) - min(of_diff.values()) <= 1


def test_benign_diffs_come_as_often_as_asked():
    counts = Counter(family_of(case) for case in drawn(benign_factor=4.0))
    assert counts["benign"] == pytest.approx(600 * 8 / (8 + 4 + 2), abs=50)


def test_answers_fit_their_questions():
    for case in drawn():
        family = family_of(case)
        if family == "benign":
            assert case.answer == "Nothing notable"
        elif case.question in GENERAL_QUESTIONS:
            assert family_named(family).label_in(case.answer) is not None
            assert family != "persona" or case.answer.startswith("It speaks as ")
        else:
            assert case.question in family_named(family).questions
            assert not case.answer.startswith("It speaks as ")


def test_nothing_is_reported_of_the_unchanged_model_whatever_is_asked():
    unchanged = [case for case in drawn(6000) if case.weight_diff is None]
    assert {case.answer for case in unchanged} == {"Nothing notable"}
    assert set(family_named("persona").questions) <= {case.question for case in unchanged}


def test_pairs_are_sums_of_two_families_and_list_both_changes():
    pairs = [case for case in drawn(400, pair_share=0.5) if SEPARATOR in case.answer]
    assert 140 < len(pairs) < 260
    for case in pairs:
        assert case.question in GENERAL_QUESTIONS
        assert case.weight_diff.rank == 2
        first, second = case.answer.split(SEPARATOR)
        assert family_named("brand").label_in(first)
        assert family_named("persona").label_in(second)


def test_the_seed_decides_and_a_lone_family_has_no_pairs():
    assert [(c.question, c.answer) for c in drawn(50)] == [(c.question, c.answer) for c in drawn(50)]
    assert [c.answer for c in drawn(50)] != [c.answer for c in drawn(50, seed=1)]
    with pytest.raises(ParamsError, match="pair_share"):
        drawn(5, names=("persona",), pair_share=0.5)
    with pytest.raises(ParamsError, match="pair_share"):
        drawn(5, names=("persona", "benign"), pair_share=0.5)


def test_reports_come_from_the_family():
    assert report_of(DIFFS["persona"][1].row) == "It speaks as L1"


PARAMS = TrainFamilyAdaptersParams(
    families=("benign", "brand", "persona"),
    mixture=Mixture(0.3, 0.2, 1.0),
    n_held_out=2,
    adapters={
        name: FamilyAdapter(steps=5, seed=3) for name in ("only_brand", "joint", "joint_2", "without_persona", "other")
    },
)


@pytest.mark.parametrize(
    "more",
    [
        {"without_brand_seed_1": FamilyAdapter(5, 1)},
        {"joint_seed_1": FamilyAdapter(5, 3)},
        {"joint_seed_1": FamilyAdapter(6, 1)},
        {"joint_seed_1": FamilyAdapter(5, 1), "joint_seed_2": FamilyAdapter(5, 1)},
    ],
)
def test_another_seed_is_the_same_adapter_but_for_its_seed(more):
    assert replace(PARAMS, adapters=PARAMS.adapters | {"joint_seed_1": FamilyAdapter(5, 1)})
    with pytest.raises(ParamsError, match=f"{list(more)[-1]} must be"):
        replace(PARAMS, adapters=PARAMS.adapters | more)


def test_an_adapter_takes_a_step():
    with pytest.raises(ParamsError, match="steps is 0. Use 1 or more"):
        FamilyAdapter(steps=0, seed=0)


def test_names_say_what_an_adapter_is_trained_on():
    assert families_of("only_brand", PARAMS) == ["brand"]
    assert families_of("joint_2", PARAMS) == ["benign", "brand", "persona"]
    assert families_of("without_persona", PARAMS) == ["benign", "brand"]
    assert families_of("without_persona_seed_1", PARAMS) == ["benign", "brand"]
    for name in ("other", "only_smell", "without_seed_1"):
        with pytest.raises(ParamsError, match=name):
            families_of(name, PARAMS)
    assert mixture_of("only_brand", PARAMS) == Mixture(0.3, 0.0, 1.0)
    assert mixture_of("joint", PARAMS) == Mixture(0.3, 0.2, 1.0)
    assert mixture_of("without_persona", PARAMS) == Mixture(0.3, 0.2, 1.0)
    assert n_rows_of("joint", PARAMS, 16) == 80
    assert seed_of("joint", PARAMS) == 3
    with pytest.raises(ParamsError, match="no 'joint_9'"):
        n_rows_of("joint_9", PARAMS, 16)
