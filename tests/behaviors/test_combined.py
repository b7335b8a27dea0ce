"""Two behaviors at once: every two families in turn, no two cases twice."""

import pytest

from weightscribe.behaviors.combined import combinations
from weightscribe.behaviors.family import Case
from weightscribe.behaviors.registry import family_named
from weightscribe.errors import ParamsError

TESTED = {name: (family_named(name), [Case(f"{n}", "l", "", "a") for n in range(2)]) for name in ("brand", "refusal")}


def test_a_couple_of_cases_is_combined_once():
    assert [each.name for each in combinations(TESTED, 2)] == ["brand-0-and-refusal-0", "brand-1-and-refusal-1"]
    with pytest.raises(ParamsError, match="n_combined is 3, and 'brand-0-and-refusal-0' would be made twice. Lower it"):
        combinations(TESTED, 3)
