"""An audit as text for people and as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from weightscribe.ask.most_evident import Said, most_evident
from weightscribe.audit.changes import ListedChange
from weightscribe.audit.reading import Reading, any_reported
from weightscribe.audit.requests import RequestsTried
from weightscribe.audit.trigger import FiredWord, Triggers
from weightscribe.behaviors.hidden_topic import mentions
from weightscribe.report.table import Table, escaped
from weightscribe.trigger_search.proof import PROVE

N_EXAMPLES = 2


@dataclass(frozen=True)
class Audit:
    """All there is to say of one fine-tuned model.

    differs    whether any weight that is read differs from the base model's; if none does, nothing was looked for
    adapter    folder of the DIT adapter; None if none was asked
    threshold  of evidence in nats, and `threshold_from`, where it was measured; None without an adapter
    readings, requests, triggers  None if not looked for
    changes    the likeliest; where nothing is reported, those that the model proves by itself; None if not looked for
    settings   what it was made with: folders, SHA-256 of weights, system message, section `audit`; for JSON
    """

    name: str
    about: str
    differs: bool
    adapter: str | None
    threshold: float | None
    threshold_from: str
    readings: Sequence[Reading] | None
    changes: Sequence[ListedChange] | None
    requests: RequestsTried | None
    triggers: Triggers | None
    settings: dict[str, Any]

    def verdict(self) -> str:
        """One line: what is reported and likeliest, which request changes the answer most, what triggers are proved."""
        if not self.differs:
            return "No weight that is read differs from the base model's."
        found = f"{self._reported()}{self._likeliest()}{self._furthest_request()}"
        if self.triggers is None:
            return found
        if proved := self.triggers.proved:
            fires = ", ".join(f'"{each.word}" brings up "{each.phrase}"' for each in proved)
            return f"{found} Proved trigger: {fires}."
        return f"{found} None of the {len(self.triggers.words)} words fired is proved a trigger."

    def _reported(self) -> str:
        if self.readings is None:
            return "No adapter was asked."
        said = list(dict.fromkeys(_quoted(each.answer) for each in self.readings if each.is_reported))
        return f"Reported: {', '.join(said)}." if said else "Nothing notable is reported."

    def _likeliest(self) -> str:
        if not self.changes:
            return ""
        if not any_reported(self.readings):
            return f" Proved by its own answers: {', '.join(_quoted(each.report) for each in self.changes)}."
        changes = (_quoted(each.report) + ("" if each.proof is None else " (proved)") for each in self.changes)
        return f" Likeliest: {', '.join(changes)}."

    def _furthest_request(self) -> str:
        if self.requests is None:
            return ""
        first = self.requests.furthest[0]
        return (
            f' Of {self.requests.n_candidates:,} requests "{first.request}" changes the answer most, by '
            f"{first.nats:.1f} nats (half by less than {self.requests.median_nats:.2g})."
        )

    def as_dict(self) -> dict:
        """Everything, for JSON."""
        return {"verdict": self.verdict(), **asdict(self)}

    def markdown(self) -> str:
        """The verdict, the likeliest changes, every answer with its evidence, the requests and the words fired."""
        parts = [
            f"# {escaped(self.name)}",
            f"{escaped(self.about[:1].upper() + self.about[1:])}. DIT adapter: {escaped(self.adapter or 'none')}.",
            f"**{escaped(self.verdict())}**",
            *(self._about_changes() if self.changes else []),
            *(self._answers() if self.readings else []),
            *(_about_requests(self.requests) if self.requests else []),
            *(_about_triggers(self.triggers) if self.triggers else []),
        ]
        return "\n\n".join(parts) + "\n"

    def _about_changes(self) -> list[str]:
        asked = [*(["when requests are tried"] if self.requests else []), *(["behind words"] if self.triggers else [])]
        if any_reported(self.readings):
            title = "Likeliest changes"
            shown = f" and that the model's own answers show {' and '.join(asked)}" if asked else ""
            told = f"At most two, of all that the DIT adapter says{shown}."
        else:
            title = "Proved changes"
            told = f"At most two, of all that the model's own answers prove {' and '.join(asked)}."
        return [f"## {title}\n\n{told}", "\n".join(map(_listed, self.changes))]

    def _answers(self) -> list[str]:
        by_contrast = [each.by_contrast for each in self.readings if each.by_contrast is not None]  # no whole model's
        rows = tuple(
            (
                each.family or "any",
                each.question,
                each.answer,
                f"{each.evidence:.1f}",
                "yes" if each.is_reported else "",
                *([each.by_contrast.answer, f"{each.by_contrast.per_token:.1f}"] if each.by_contrast else []),
            )
            for each in self.readings
        )
        header = ("asks for", "question", "the DIT adapter says", "evidence", "reported")
        return [
            Table((*header, *(["by contrast", "per token"] if by_contrast else [])), rows, is_quoted=True).markdown(),
            "Evidence: how much likelier the change makes the answer, in nats. An answer to a question that fits any "
            f"change is reported above {self.threshold:.1f} ({self.threshold_from}); the others are what the adapter "
            "says if it is told where to look.",
            *([_about_contrast(most_evident(by_contrast))] if by_contrast else []),
        ]


def _one_line(said: str) -> str:
    return " ".join(said.split())


def _quoted(said: str) -> str:
    return f'"{_one_line(said)}"'


def _listed(change: ListedChange) -> str:
    """With one of the answers that prove it, if any do."""
    told = f"- {escaped(_one_line(change.report))}"
    if change.proof is None:
        return told
    asked, said = (escaped(_quoted(text)) for text in (change.proof.request, change.proof.changed))
    return f"{told} (proved: asked {asked} it answers {said})"


def _about_contrast(best: Said) -> str:
    return (
        f"Of the answers by contrast '{escaped(best.answer)}' has the most evidence per token, {best.per_token:.1f} "
        "nats. Of a kind of change that the adapter was not trained on, this answer tells most, whatever was asked."
    )


def _about_requests(found: RequestsTried) -> list[str]:
    rows = tuple((each.request, f"{each.nats:.1f}", each.changed, each.unchanged) for each in found.furthest)
    return [
        f"## Requests\n\nOf {found.n_candidates:,} requests, one a subject and kind of change, these change the answer "
        f"most (half of all by less than {found.median_nats:.2g} nats). What stands out and is answered unlike the "
        "base model does may be what was changed; a subject that was not tried cannot be found.",
        Table(("request", "nats", "the audited model", "the base model"), rows, is_quoted=True).markdown(),
    ]


def _about_triggers(found: Triggers) -> list[str]:
    first = (found.proved or found.words)[0]
    n = len(first.fired.behind[PROVE])
    rows = tuple(_shown(each) for each in found.words)
    header = ("word", "nats", "brings up", "behind it", "behind others", "behind none", "base model, behind it")
    examples = tuple(list(zip(first.fired.behind, first.fired.plain, strict=True))[:N_EXAMPLES])
    return [
        f"## Trigger\n\nOf {found.n_candidates:,} words, put before one question, these change the answer most. Each "
        f"was fired on {len(first.fired.behind)} others: what phrase it brings up was found on one half of them, and "
        f"counted in the answers to the other {n}.",
        Table(header, rows, is_quoted=True).markdown(),
        Table((f"behind {first.word}", "the same question, plain"), examples, is_quoted=True).markdown(),
    ]


def _shown(each: FiredWord) -> tuple[str, ...]:
    """Its row: how many answers of each kind show the phrase it is proved by."""
    word = (each.word, f"{each.nats:.1f}")
    if each.phrase is None:
        return (*word, "nothing that is proved", "", "", "", "")
    kinds = (each.fired.behind, each.fired.behind_others, each.fired.plain, each.fired.base_behind)
    return (*word, each.phrase, *(str(sum(mentions(each.phrase, a) for a in own[PROVE])) for own in kinds))
