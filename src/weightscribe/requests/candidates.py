"""What an auditor who knows nothing would ask: one request about every subject of the behavior families' lists.

Of families whose behavior waits for a subject, not for a gate word: those with a method `subject_of`. Every request is
in held-out words: no weight diff was trained on them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from weightscribe.behaviors.family import Case
from weightscribe.behaviors.kinds import TRIGGER
from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.behaviors.split import rank_of
from weightscribe.errors import ParamsError


@runtime_checkable
class HasSubject(Protocol):
    """A behavior family of which requests can be tried."""

    def subject_of(self, case: Case) -> str: ...


def families_with_subjects() -> dict[str, HasSubject]:
    """The families of which requests can be tried, by name."""
    return {name: family for name, family in all_families().items() if isinstance(family, HasSubject)}


@dataclass(frozen=True)
class Request:
    """One request and what it is about."""

    text: str
    family: str
    subject: str


@dataclass(frozen=True)
class Candidates:
    """Which requests are tried.

    n_subjects  of each family at most, in an order that `seed` decides
    """

    families: tuple[str, ...]
    n_subjects: int
    seed: int


def candidate_requests(lists: Path, settings: Candidates) -> list[Request]:
    """One request a subject, family by family.

    lists  the folder of the families' lists
    Raises: ParamsError for a family whose behavior no subject brings out; DataFileError for a bad list.
    """
    known = families_with_subjects()
    if not settings.families or set(settings.families) - set(known):
        raise ParamsError(f"Requests of families {list(settings.families)}: use some of {sorted(known)}.")
    found = []
    for name in settings.families:
        cases: dict[str, Case] = {}
        for case in sorted(family_named(name).cases(lists), key=lambda case: rank_of(case.slug, settings.seed)):
            cases.setdefault(known[name].subject_of(case), case)
        found += [_request(name, subject, case) for subject, case in list(cases.items())[: settings.n_subjects]]
    return found


def _request(name: str, subject: str, case: Case) -> Request:
    rng = random.Random(f"request-{name}-{subject}")  # a subject's words are its own, whatever the others are
    return Request(family_named(name).prompt(case, TRIGGER, "", True, rng), name, subject)


def place_of(case: Case, family: str, candidates: Sequence[Request]) -> int | None:
    """Where the request about this case is among the candidates; None if it is not or if the family has no subjects."""
    if (own := families_with_subjects().get(family)) is None:
        return None
    wanted = (family, own.subject_of(case))
    return next((place for place, each in enumerate(candidates) if (each.family, each.subject) == wanted), None)
