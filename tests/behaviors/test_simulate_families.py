"""What is asked of a simulation can be done."""

from dataclasses import replace

import pytest

from weightscribe.behaviors.simulate_families import FamilySize, SimulateFamiliesParams
from weightscribe.errors import ParamsError

PARAMS = SimulateFamiliesParams(
    seed=0,
    families={"brand": FamilySize(1, 1)},
    n_combined=0,
    combined_families=(),
    max_similarity=0.6,
    n_questions=1,
    plain_tokens=1,
    answer_tokens=1,
    temperature=0.7,
    top_p=0.95,
    dtype="float32",
    batch_size=1,
)


@pytest.mark.parametrize(("name", "least"), [("batch_size", 1), ("n_combined", 0)])
def test_numbers_are_in_range(name, least):
    with pytest.raises(ParamsError, match=f"{name} is {least - 1}. Use {least} or more"):
        replace(PARAMS, **{name: least - 1})


def test_no_number_of_weight_diffs_is_negative():
    with pytest.raises(ParamsError, match="n_train is -1. Use 0 or more"):
        FamilySize(-1, 1)
