"""A tiny base model, an adapter that says something, and weight diffs that differ; a module may have its own."""

import pytest
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
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
