"""Which cases of the families train DIT adapters and which test them: apart by concept, over all families at once.

A training case of any family too close in meaning to a test case of any family is left out: an adapter that has seen
"volcanoes" as a subject refused has an easier time with "volcanoes" as a hidden topic.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from weightscribe.behaviors.family import Case
from weightscribe.behaviors.split import shuffled_key
from weightscribe.errors import DataFileError


@dataclass(frozen=True)
class CaseSplit:
    """The cases of one family, in the order drawn."""

    train: tuple[Case, ...]
    test: tuple[Case, ...]


def split_cases(
    cases: dict[str, list[Case]],
    sizes: dict[str, tuple[int, int]],
    other_test_concepts: Sequence[str],
    embed: Callable[[list[str]], np.ndarray],
    *,
    max_similarity: float,
    seed: int,
) -> dict[str, CaseSplit]:
    """For each family its test cases, spread over the groups, and training cases far from every test concept.

    sizes                n_train and n_test of each family
    other_test_concepts  what other stages test on, to be kept clear of too
    embed                from n texts to unit vectors (n, n_dimensions)
    Raises: DataFileError if too few cases remain, or a family's case has no slug or another one's.
    """
    for name, own in cases.items():
        _check_slugs(name, own)
    ordered = {name: sorted(own, key=lambda case: shuffled_key(case.slug, seed)) for name, own in cases.items()}
    test = {name: _spread(own, sizes[name][1]) for name, own in ordered.items()}
    concepts = sorted({*other_test_concepts, *(case.concept for own in test.values() for case in own)} - {""})
    tested = embed(concepts)
    split = {}
    for name, own in ordered.items():
        rest = [case for case in own if case not in test[name]]
        near = (embed([case.concept or "." for case in rest]) @ tested.T).max(axis=1) > max_similarity
        far = [case for case, is_near in zip(rest, near, strict=True) if not (is_near and case.concept)]
        n_train, n_test = sizes[name]
        if len(far) < n_train or len(test[name]) < n_test:
            raise DataFileError(
                f"Behavior family '{name}': asked for {n_train} training and {n_test} test cases; {len(test[name])} "
                f"test cases and {len(far)} training cases far enough from all test concepts are there. Add cases to "
                "its list in data/behaviors, or lower simulate_families.families."
            )
        split[name] = CaseSplit(tuple(far[:n_train]), tuple(test[name]))
    return split


def _check_slugs(name: str, cases: list[Case]) -> None:
    """Weight diffs are named by slugs: of two with one name only the last would be kept."""
    for slug, count in Counter(case.slug for case in cases).items():
        if not slug or count > 1:
            labels = [case.label for case in cases if case.slug == slug]
            raise DataFileError(
                f"Behavior family '{name}': {labels[:3]} have the slug '{slug}'. Give every case of its list in "
                "data/behaviors a slug of its own that is not empty."
            )


def _spread(ordered: list[Case], n: int) -> list[Case]:
    """The first n cases, as evenly over the groups as they come."""
    most = math.ceil(n / max(1, len({case.group for case in ordered}))) + 1
    taken: Counter[str] = Counter()
    chosen = []
    for case in ordered:
        if len(chosen) < n and taken[case.group] < most:
            taken[case.group] += 1
            chosen.append(case)
    return chosen
