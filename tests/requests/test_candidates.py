"""One request a subject, in words of its own, each tied to the cases it is about."""

import random
from pathlib import Path

import pytest
import yaml

from weightscribe.behaviors.registry import family_named
from weightscribe.errors import ParamsError
from weightscribe.requests.candidates import (
    Candidates,
    candidate_requests,
    families_with_requests,
    place_of,
    place_of_another,
)
from weightscribe.triggers.kinds import TRIGGER

ROOT = Path(__file__).parents[2]
LISTS = ROOT / "data" / "behaviors"
ALL = tuple(families_with_requests())


def made(families=ALL, n_subjects=30, seed=0):
    return candidate_requests(LISTS, Candidates(families, n_subjects, seed))


def test_every_subject_once_and_named_in_its_request():
    found = made()
    assert len({(each.family, each.subject) for each in found}) == len({each.text for each in found}) == len(found)
    assert {each.family for each in found} == set(ALL)
    for each in found:
        assert each.subject.split(": ")[-1].lower() in each.text.lower()


def test_families_behind_gate_words_have_no_requests():
    assert ALL == ("brand", "false_fact", "refusal")


def test_words_are_none_that_a_diff_is_trained_or_verified_with():
    used = set()
    for name in ALL:
        family = family_named(name)
        for case in family.cases(LISTS):
            for held_out in (False, True):
                used |= {family.prompt(case, TRIGGER, "", held_out, random.Random(seed)) for seed in range(9)}
    assert not used & {each.text for each in made(n_subjects=5000)}


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
            assert (found[place].subject, found[place].text) == families_with_requests()[name].request_about(case)
    case = family_named("persona").cases(LISTS)[0]
    assert place_of(case, "persona", found) is None
    assert place_of(family_named("brand").cases(LISTS)[0], "brand", made(("refusal",))) is None


def test_a_control_is_another_place():
    assert [place_of_another(number, [4, 4, None, 7]) for number in range(4)] == [7, 7, 7, 4]
    assert place_of_another(0, [4, 4, None]) is None


@pytest.mark.parametrize("families", [(), ("persona",), ("brand", "unknown"), ("brand", "brand")])
def test_families_without_requests_are_named(families):
    with pytest.raises(ParamsError, match="Use some of .'brand', 'false_fact', 'refusal'., each once"):
        made(families)


def test_no_subject_is_no_number_of_subjects():
    with pytest.raises(ParamsError, match="n_subjects is 0. Use 1 or more"):
        made(n_subjects=0)


def test_what_is_tested_is_among_the_candidates_of_params():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    assert params["scan_requests"]["candidates"]["seed"] == params["simulate_families"]["seed"]
