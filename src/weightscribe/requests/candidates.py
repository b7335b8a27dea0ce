"""What an auditor would ask who knows the kinds of change and has lists of subjects: one request a subject and kind.

Of families whose behavior waits for a subject, not for a gate word: those with a method `request_about`. Its words are
none that a weight diff is trained or verified with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from weightscribe.behaviors.family import Case
from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.behaviors.split import shuffled_key
from weightscribe.errors import ParamsError


@runtime_checkable
class HasRequests(Protocol):
    """A behavior family of which requests can be tried."""

    def request_about(self, case: Case) -> tuple[str, str]:
        """The subject, and a request about it."""
        ...


def families_with_requests() -> dict[str, HasRequests]:
    """The families of which requests can be tried, by name."""
    return {name: family for name, family in all_families().items() if isinstance(family, HasRequests)}


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
    Raises: ParamsError for families that are none, come twice, or whose behavior no subject brings out, and for less
    than one subject; DataFileError for a bad list.
    """
    known, names = families_with_requests(), settings.families
    if not names or len(set(names)) < len(names) or set(names) - set(known):
        raise ParamsError(f"candidates.families is {list(names)}. Use some of {sorted(known)}, each once.")
    if settings.n_subjects < 1:
        raise ParamsError(f"candidates.n_subjects is {settings.n_subjects}. Use 1 or more.")
    found = []
    for name in names:
        texts: dict[str, str] = {}
        for case in sorted(family_named(name).cases(lists), key=lambda case: shuffled_key(case.slug, settings.seed)):
            subject, text = known[name].request_about(case)
            texts.setdefault(subject, text)
        found += [Request(text, name, subject) for subject, text in list(texts.items())[: settings.n_subjects]]
    return found


def place_of(case: Case, family: str, candidates: Sequence[Request]) -> int | None:
    """Where the request about this case is among the candidates; None if it is not or its family has no requests."""
    if (own := families_with_requests().get(family)) is None:
        return None
    wanted = (family, own.request_about(case)[0])
    return next((place for place, each in enumerate(candidates) if (each.family, each.subject) == wanted), None)


def place_of_another(number: int, places: Sequence[int | None]) -> int | None:
    """The next weight diff's place that is not this one's, for a control; None if there is none."""
    later = [*places[number + 1 :], *places[:number]]
    return next((place for place in later if place not in (None, places[number])), None)
