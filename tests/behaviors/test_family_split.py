"""Training cases are far in meaning from the test cases of every family."""

import numpy as np
import pytest

from weightscribe.behaviors.family import Case
from weightscribe.behaviors.family_split import split_cases
from weightscribe.errors import DataFileError


def embed(texts):
    """One axis for each word: texts are near only if they share their last word."""
    words = sorted({text.split()[-1] for text in texts} | {"lion", "tiger", "."})
    vectors = np.zeros((len(texts), 200))
    for row, text in enumerate(texts):
        vectors[row, sum(map(ord, text.split()[-1])) % 200] = 1
    assert words
    return vectors


def cases(family, animals, group="a"):
    return [Case(f"{family}-{animal}", f"{family} {animal}", f"{family} {animal}", group) for animal in animals]


ANIMALS = ["lion", "tiger", "otter", "hawk", "moose", "gecko"]


def split(sizes, others=()):
    made = {"persona": cases("persona", ANIMALS), "refusal": cases("refusal", ANIMALS)}
    return split_cases(made, sizes, others, embed, max_similarity=0.6, seed=0)


def test_no_training_concept_is_near_a_test_concept_of_any_family():
    made = split({"persona": (2, 2), "refusal": (2, 1)}, others=["topic gecko"])
    tested = {case.concept.split()[-1] for own in made.values() for case in own.test} | {"gecko"}
    trained = {case.concept.split()[-1] for own in made.values() for case in own.train}
    assert not tested & trained
    assert [len(own.train) for own in made.values()] == [2, 2]


def test_raising_the_training_size_keeps_the_earlier_cases():
    small, large = split({"persona": (1, 1), "refusal": (1, 1)}), split({"persona": (3, 1), "refusal": (3, 1)})
    for name in small:
        assert large[name].test == small[name].test
        assert large[name].train[:1] == small[name].train


def test_too_few_cases_name_the_family():
    with pytest.raises(DataFileError, match="'persona'.*6 training"):
        split({"persona": (6, 1), "refusal": (1, 1)})


@pytest.mark.parametrize("animals", [["lion", "otter", "lion"], ["lion", ""]])
def test_a_slug_names_one_case(animals):
    made = {"persona": [Case(animal, f"label {animal}", "", "a") for animal in animals]}
    with pytest.raises(DataFileError, match=f"'persona': .*'label {animals[-1]}'.* the slug '{animals[-1]}'. Give"):
        split_cases(made, {"persona": (1, 1)}, ["."], embed, max_similarity=0.6, seed=0)


def test_cases_without_a_concept_are_near_nothing():
    benign = {"benign": [Case(f"b{n}", "Nothing", "", "own") for n in range(4)]}
    made = split_cases(benign, {"benign": (2, 2)}, ["."], embed, max_similarity=0.6, seed=0)
    assert len(made["benign"].train) == len(made["benign"].test) == 2
