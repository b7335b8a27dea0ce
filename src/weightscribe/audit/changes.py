"""The changes an audit lists: the likeliest of all that the adapter says and that M' shows and proves by itself."""

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
from weightscribe.changes.proved import PROVED_NATS, changes_proved, proofs_taken
from weightscribe.changes.rank import likeliest, listed, weight
from weightscribe.changes.shown import changes_shown, is_shown
from weightscribe.lora.factors import DITAdapter
from weightscribe.requests.records import NO_FAMILY, Answered, ForProof
from weightscribe.triggers.words import behind


@dataclass(frozen=True)
class ListedChange:
    """A report of one change, and if M' proves it by itself, one of the answers that do."""

    report: str
    proof: Answered | None


def likeliest_changes(
    base: BaseModel,
    adapter: DITAdapter,
    target: Target,
    readings: Sequence[Reading],
    requests: RequestsTried | None,
    triggers: Triggers | None,
    params: AuditParams,
) -> list[ListedChange]:
    """At most two changes, chosen as changes/rank.py does; of nothing said, shown or proved, none.

    What is said is put into the forms of `params.families` and of families that the answers name themselves: an adapter
    knows no others.

    requests, triggers  None if not looked for: then M' shows and proves less by itself
    """
    answered = requests.furthest if requests is not None else None
    for_proof = _for_proof(requests, triggers)
    proved = changes_proved(for_proof)
    said = [as_report(each.family, each.answer) for each in readings]
    said += [as_report(each.family, each.by_contrast.answer) for each in readings if each.by_contrast is not None]
    changes = list(dict.fromkeys([*changes_in(said, params.families), *changes_shown(answered or ()), *proved]))
    questions, reports = [HELD_OUT_GENERAL_QUESTIONS[0]] * len(changes), [change.report for change in changes]
    with target.worn(base, params.multiplier) as diff:
        changed = log_likelihoods(base, adapter, [diff] * len(changes), questions, reports, params.rows_per_batch)
    unchanged = log_likelihoods(base, adapter, [None] * len(changes), questions, reports, params.rows_per_batch)
    weights = dict(zip(changes, map(weight, changed, unchanged), strict=True))
    taken = {change.report: _first_that_shows(change, for_proof) for change in proofs_taken(weights, proved)}
    return [
        ListedChange(change.report, taken.get(change.report))
        for change in likeliest(changes, weights, answered, proved)
    ]


def proved_changes(requests: RequestsTried | None, triggers: Triggers | None) -> list[ListedChange]:
    """At most two changes that M' proves by itself: what there is to list where an adapter reports nothing."""
    for_proof = _for_proof(requests, triggers)
    proved = changes_proved(for_proof)
    equally = [PROVED_NATS] * len(proved)
    return [
        ListedChange(change.report, _first_that_shows(change, for_proof)) for change in listed(proved, equally, 0.0)
    ]


def _for_proof(requests: RequestsTried | None, triggers: Triggers | None) -> ForProof:
    """All requests that M' was asked, and what it said behind the words that were fired."""
    asked = (*requests.furthest, *requests.next_furthest) if requests is not None else ()
    behind_words = tuple(
        Answered(behind(each.word, question), NO_FAMILY, each.word, each.nats, changed, unchanged)
        for each in (triggers.words if triggers is not None else ())
        for question, changed, unchanged in zip(
            triggers.questions, each.fired.behind, each.fired.base_behind, strict=True
        )
    )
    return ForProof(asked, behind_words)


def _first_that_shows(change: Change, for_proof: ForProof) -> Answered:
    return next(each for each in for_proof.asked if is_shown(change, [each]))
