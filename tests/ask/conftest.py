"""Weight diffs of the tiny base model that differ; a module may have its own."""

import pytest
from loud import loud

from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.bank import FactorBank


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
