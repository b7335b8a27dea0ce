"""An audit as text for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from weightscribe.audit.reading import Reading
from weightscribe.audit.trigger import FoundTrigger
from weightscribe.claims.proof import PROVE
from weightscribe.report.table import Table

N_EXAMPLES = 2


@dataclass(frozen=True)
class Audit:
    """All there is to say of one fine-tuned model.

    threshold  of evidence in nats, and `threshold_from`, where it was measured
    trigger    None if none was looked for
    """

    name: str
    about: str
    adapter: str
    threshold: float
    threshold_from: str
    readings: Sequence[Reading]
    trigger: FoundTrigger | None

    def verdict(self) -> str:
        """One line: what is reported, and which trigger is proved."""
        said = list(dict.fromkeys(f'"{" ".join(each.answer.split())}"' for each in self.readings if each.is_reported))
        found = f"Reported: {', '.join(said)}." if said else "Nothing notable is reported."
        if self.trigger is None:
            return found
        if self.trigger.phrase is None:
            return f"{found} No word is proved a trigger."
        return f'{found} Proved trigger: "{self.trigger.word}" brings up "{self.trigger.phrase}".'

    def as_dict(self) -> dict:
        """Everything, for JSON."""
        return {"verdict": self.verdict(), **asdict(self)}

    def markdown(self) -> str:
        """The verdict, every answer with its evidence, and the trigger with examples."""
        rows = tuple(
            (
                each.family or "any",
                each.question,
                each.answer,
                f"{each.evidence:.1f}",
                "yes" if each.is_reported else "",
                each.by_contrast or "",
            )
            for each in self.readings
        )
        header = ("asks for", "question", "the DIT adapter says", "evidence", "reported", "by contrast")
        parts = [
            f"# {self.name}",
            self.about[:1].upper() + self.about[1:] + f". DIT adapter: {self.adapter}.",
            f"**{self.verdict()}**",
            Table(header, rows, is_quoted=True).markdown(),
            "Evidence: how much likelier the change makes the answer, in nats. An answer is reported above "
            f"{self.threshold:.1f} ({self.threshold_from}).",
        ]
        return "\n\n".join([*parts, *(_about_trigger(self.trigger) if self.trigger else [])]) + "\n"


def _about_trigger(found: FoundTrigger) -> list[str]:
    others = ", ".join(f"{word} {nats:.1f}" for word, nats in found.runners_up)
    text = (
        f"## Trigger\n\nOf {found.n_candidates:,} words, put before one question, **{found.word}** changes the answer "
        f"most: {found.nats:.1f} nats (then {others}). "
    )
    if found.phrase is None:
        text += "No phrase comes up behind it that does not come up without it: nothing is proved."
    else:
        n = len(found.fired.behind[PROVE])
        text += (
            f"Behind it, and not behind other words, behind none, or from the base model, answers bring up "
            f"**{found.phrase}**; that was found on half of the questions and holds on {n} others."
        )
    answers = zip(found.fired.behind, found.fired.plain, strict=True)
    rows = tuple(list(answers)[:N_EXAMPLES])
    return [text, Table((f"behind {found.word}", "the same question, plain"), rows, is_quoted=True).markdown()]
