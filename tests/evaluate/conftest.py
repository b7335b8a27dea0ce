"""A tiny base model, an adapter that says something, and weight diffs that differ; a module may have its own."""

import pytest
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.diffs.index import LabelledDiff
from weightscribe.dit.train import new_bank
from weightscribe.lora.bank import FactorBank


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)


@pytest.fixture(scope="module")
def adapter(base):
    return loud(new_bank(base, 2, 0), 2).dit_adapter()


@pytest.fixture(scope="module")
def diffs(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, [0, 1, 2]), 1)
    return [bank.weight_diff(number, f"d{number}") for number in range(3)]


@pytest.fixture(scope="module")
def labelled_as(base):
    """From labels by behavior family to `n` weight diffs of each, which differ and are named `<family><number>`."""

    def made(labels, n):
        bank = loud(FactorBank(base.overlay.linears, 1, 1.0, list(range(n * len(labels)))), 1)
        rows = [
            {"name": f"{family}{i}", "behavior": family, "answer": label}
            for family, label in labels.items()
            for i in range(n)
        ]
        diffs = [LabelledDiff(bank.weight_diff(place, row["name"]), row) for place, row in enumerate(rows)]
        return {family: diffs[f * n : (f + 1) * n] for f, family in enumerate(labels)}

    return made
