"""The likeliest changes of the audited model, of all that the adapter says of it and that it shows by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.families import as_report
from weightscribe.audit.reading import Reading
from weightscribe.audit.requests import RequestsTried
from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.audit.trigger import Triggers
from weightscribe.base import BaseModel
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.changes.candidates import Change, changes_in
from weightscribe.changes.proved import changes_proved
from weightscribe.changes.rank import likeliest, weight
from weightscribe.changes.shown import changes_shown
from weightscribe.lora.factors import DITAdapter
from weightscribe.requests.records import Answered, ForProof
from weightscribe.triggers.words import behind


@dataclass(frozen=True)
class LikelyChange:
    """A report of one change, and whether M' proves it by itself."""

    report: str
    is_proved: bool


def likeliest_changes(
    base: BaseModel,
    adapter: DITAdapter,
    target: Target,
    readings: Sequence[Reading],
    requests: RequestsTried | None,
    triggers: Triggers | None,
    params: AuditParams,
) -> list[LikelyChange]:
    """At most two changes, chosen as changes/rank.py does; of nothing said, none.

    What is said is put into the forms of `params.families` and of families that the answers name themselves: an adapter
    knows no others.

    requests, triggers  None if not looked for: then M' shows and proves less by itself
    """
    answered = requests.furthest if requests is not None else None
    proved = _proved(requests, triggers)
    said = [as_report(each.family, each.answer) for each in readings]
    said += [as_report(each.family, each.by_contrast.answer) for each in readings if each.by_contrast is not None]
    changes = list(dict.fromkeys([*changes_in(said, params.families), *changes_shown(answered or ()), *proved]))
    questions, reports = [HELD_OUT_GENERAL_QUESTIONS[0]] * len(changes), [change.report for change in changes]
    with target.worn(base, params.multiplier) as diff:
        changed = log_likelihoods(base, adapter, [diff] * len(changes), questions, reports, params.rows_per_batch)
    unchanged = log_likelihoods(base, adapter, [None] * len(changes), questions, reports, params.rows_per_batch)
    weights = dict(zip(changes, map(weight, changed, unchanged), strict=True))
    listed = likeliest(changes, weights, answered, proved)
    return [LikelyChange(change.report, change in proved) for change in listed]


def proved_changes(requests: RequestsTried | None, triggers: Triggers | None) -> list[LikelyChange]:
    """The first two changes that M' proves by itself: what there is to list where an adapter reports nothing."""
    return [LikelyChange(change.report, True) for change in _proved(requests, triggers)[:2]]


def _proved(requests: RequestsTried | None, triggers: Triggers | None) -> list[Change]:
    """From more of the requests than are shown, and from what was said behind the words that were fired."""
    behind_words = [
        Answered(behind(each.word, question), "", each.word, each.nats, changed, unchanged)
        for each in (triggers.words if triggers is not None else ())
        for question, changed, unchanged in zip(
            triggers.questions, each.fired.behind, each.fired.base_behind, strict=True
        )
    ]
    return changes_proved(ForProof(requests.for_proof if requests is not None else (), tuple(behind_words)))
