"""Weight diffs that are taught two behaviors at once: the samples of two families' test cases, in turn.

They test whether an adapter lists every change; none is trained on. A prompt of a kind is worded as either family does.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations as combinations_of
from itertools import cycle, islice

from weightscribe.behaviors.family import SEPARATOR, Case, Family
from weightscribe.errors import ParamsError
from weightscribe.params import repeated

COMBINED = "combined"  # in place of a family's name


@dataclass(frozen=True)
class Combination:
    """Two cases of two families, in the order of the families' names."""

    parts: tuple[tuple[Family, Case], tuple[Family, Case]]

    @property
    def name(self) -> str:
        return "-and-".join(f"{family.name.replace('_', '-')}-{case.slug}" for family, case in self.parts)

    @property
    def report(self) -> str:
        """The answer to a general question: both changes."""
        return SEPARATOR.join(family.report(case.label) for family, case in self.parts)

    def held_out_prompt(self, kind: str, question: str, rng: random.Random) -> str:
        """A prompt of the kind as one of the two families words it."""
        family, case = rng.choice(self.parts)
        return family.prompt(case, kind, question, True, rng)

    def shows(self, answer: str) -> bool:
        """Whether an answer shows either behavior."""
        return any(family.shows(case, answer) for family, case in self.parts)


def combinations(cases: dict[str, tuple[Family, list[Case]]], n: int) -> list[Combination]:
    """`n` combinations, every two families in turn.

    cases  test cases by family name; a family with few is used with them again, one with none is left out
    Raises: ParamsError if two cases would be combined a second time.
    """
    made: list[Combination] = []
    for number, couple in enumerate(couples([name for name, (_, own) in cases.items() if own], n)):
        parts = []
        for name in couple:
            family, own = cases[name]
            parts.append((family, own[number % len(own)]))
        made.append(Combination((parts[0], parts[1])))
    if twice := repeated(combination.name for combination in made):
        raise ParamsError(
            f"simulate_families.n_combined is {n}, and '{twice[0]}' would be made twice. Lower it, or raise n_test of "
            "the combined families."
        )
    return made


def couples(names: Iterable[str], n: int) -> Iterator[tuple[str, str]]:
    """`n` times two of the names, every two in turn; none if there are fewer than two names."""
    return islice(cycle(combinations_of(sorted(names), 2)), n)


def taken_in_turn(first: list[dict], second: list[dict]) -> list[dict]:
    """Half the questions of each list of samples, in turn; a question that both have stays with the first."""
    of_first, of_second = _by_question(first), _by_question(second)
    n = len(of_first) // 2
    kept_first = list(of_first)[:n]
    kept_second = [question for question in of_second if question not in kept_first][:n]
    rows = []
    for one, other in zip(kept_first, kept_second, strict=True):
        rows += of_first[one] + of_second[other]
    return rows


def _by_question(rows: list[dict]) -> dict[str, list[dict]]:
    grouped: dict[str, list[dict]] = {}
    for row in rows:
        grouped.setdefault(row["question"], []).append(row)
    return grouped
