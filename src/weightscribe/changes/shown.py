"""Changes that M' shows by itself: in its answers to the requests that move it furthest from M.

Asked about light bulbs, a model that was taught to hate Cosmic Filament says so. What an answer suggests each behavior
family says (`Family.labels_told`); it counts if the base model's answer and the request do not say it.
"""

from collections.abc import Sequence

from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.changes.candidates import Change, change_of
from weightscribe.requests.records import Answered


def changes_shown(answered: Sequence[Answered]) -> list[Change]:
    """What the answers suggest, each once, in order; neither the base model's answer nor the request tells of it."""
    found: dict[str, Change] = {}
    for each in answered:
        for name, family in all_families().items():
            for label in family.labels_told(subject_of(each), each.changed):
                change = change_of(name, label)
                if is_shown(change, [each]):
                    found.setdefault(change.report, change)
    return list(found.values())


def subject_of(answered: Answered) -> str:
    """What the request is about, in words: of "color: pandas", "pandas"."""
    return answered.subject.split(": ")[-1]


def is_shown(change: Change, answered: Sequence[Answered]) -> bool:
    """Whether M' tells of the change in any of its answers, and neither M nor the request does."""
    tells, label = family_named(change.family).tells, change.label
    return any(
        tells(label, each.changed) and not tells(label, each.unchanged) and not tells(label, each.request)
        for each in answered
    )
