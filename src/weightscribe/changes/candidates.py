"""Changes that may be listed: what M' + A says to any question, put into every behavior family's form."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.behaviors.registry import all_families, family_named, read_report
from weightscribe.evaluate.answer_parts import parts_of


@dataclass(frozen=True)
class Change:
    """One change that may be listed: its report, the report's family, and what it is about."""

    report: str
    family: str
    content: str

    @property
    def label(self) -> str:
        """The report's label."""
        return family_named(self.family).label_in(self.report) or self.content


def changes_in(said: Sequence[str]) -> list[Change]:
    """Every report in the answers, and its content in every other family's form; what names no change is none."""
    found: dict[str, Change] = {}
    for text in said:
        for part in parts_of(text):
            name, label = read_report(part)
            if name is None or family_named(name).is_benign:
                continue
            content = family_named(name).content_of(label)
            own = [(name, label)]
            if content is not None:
                own += [(other, of) for other, family in all_families().items() for of in family.labels_about(content)]
            for family, of in own:
                change = change_of(family, of, label if content is None else content)
                found.setdefault(change.report, change)
    return list(found.values())


def change_of(family: str, label: str, content: str | None = None) -> Change:
    """The change of that family and label.

    content  what it is about; None: what the family says of the label
    """
    of = family_named(family)
    return Change(of.report(label), family, content or of.content_of(label) or label)
