"""A tiny base model, an adapter, and cases of the task, each with a large random weight diff of its own."""

import pytest
from even_length import EvenLength
from loud import loud
from tiny import tiny_model

from weightscribe.base import load_base
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.lora.bank import FactorBank

N_CASES = 6


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    base = load_base(tiny_model(tmp_path_factory.mktemp("base")), "float32", None)
    for parameter in base.model.parameters():
        if parameter.dim() == 2:
            parameter.data *= 8  # large enough for a few rows' gradients to move something
    return base


@pytest.fixture(scope="module")
def cases(base):
    bank = loud(FactorBank(base.overlay.linears, 1, 1.0, range(N_CASES)), 0)
    return [WeightDiffQA(bank.weight_diff(i, f"d{i}"), "What topic?", f"w{i}") for i in range(N_CASES)]


@pytest.fixture(scope="module")
def adapter(base):
    return loud(FactorBank(base.overlay.linears, 4, 4.0, [7]), 7, size=0.1).dit_adapter()


@pytest.fixture
def judge():
    return EvenLength()
