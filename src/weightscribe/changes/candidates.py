"""Changes that may be listed: what M' + A says to any question, put into every behavior family's form."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.ask.answer_parts import parts_of
from weightscribe.behaviors.registry import all_families, family_named, read_report


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


def changes_in(said: Sequence[str], families: Sequence[str] | None = None) -> list[Change]:
    """Every report in the answers, and its content in other families' forms; what names no change is none.

    families  whose forms they are, beside those of families that the answers name; None: all
    """
    read = [read_report(part) for text in said for part in parts_of(text)]
    named = {name for name, _ in read}
    forms = {
        name: family for name, family in all_families().items() if families is None or name in families or name in named
    }
    found: dict[str, Change] = {}
    for name, label in read:
        if name is None or family_named(name).is_benign:
            continue
        content = family_named(name).content_of(label)
        own = [(name, label)]
        if content is not None:
            own += [(other, of) for other, family in forms.items() for of in family.labels_about(content)]
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
