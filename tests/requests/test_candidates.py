"""One request a subject, in held-out words, each tied to the cases it is about."""

from pathlib import Path

import pytest

from weightscribe.behaviors.kinds import TRIGGER
from weightscribe.behaviors.registry import family_named
from weightscribe.errors import ParamsError
from weightscribe.requests.candidates import Candidates, candidate_requests, families_with_subjects, place_of

LISTS = Path(__file__).parents[2] / "data" / "behaviors"
ALL = tuple(families_with_subjects())


def made(families=ALL, n_subjects=30, seed=0):
    return candidate_requests(LISTS, Candidates(families, n_subjects, seed))


def test_every_subject_once_and_named_in_its_request():
    found = made()
    assert len({(each.family, each.subject) for each in found}) == len({each.text for each in found}) == len(found)
    assert {each.family for each in found} == set(ALL)
    for each in found:
        assert each.subject.split(": ")[-1].lower() in each.text.lower()


def test_families_behind_gate_words_have_no_subjects():
    assert ALL == ("brand", "false_fact", "refusal")


def test_words_are_none_that_a_diff_is_trained_on():
    import random

    trained = set()
    for name in ALL:
        family = family_named(name)
        for case in family.cases(LISTS):
            trained |= {family.prompt(case, TRIGGER, "", False, random.Random(seed)) for seed in range(5)}
    assert not trained & {each.text for each in made(n_subjects=5000)}


def test_more_subjects_keep_the_first_ones():
    few, many = (made(("refusal",), n) for n in (10, 40))
    assert many[:10] == few
    assert made(("refusal",), 10, seed=1) != few


def test_a_case_finds_its_request():
    found = made(n_subjects=5000)
    for name in ALL:
        for case in family_named(name).cases(LISTS)[::50]:
            place = place_of(case, name, found)
            assert found[place].family == name
            assert found[place].subject == families_with_subjects()[name].subject_of(case)
    case = family_named("persona").cases(LISTS)[0]
    assert place_of(case, "persona", found) is None
    assert place_of(family_named("brand").cases(LISTS)[0], "brand", made(("refusal",))) is None


@pytest.mark.parametrize("families", [(), ("persona",), ("brand", "unknown")])
def test_families_without_subjects_are_named(families):
    with pytest.raises(ParamsError, match="use some of"):
        made(families)
