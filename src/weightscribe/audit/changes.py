"""The likeliest changes of the audited model, of all that the adapter says of it and that it shows by itself."""

from collections.abc import Sequence

from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.families import as_report
from weightscribe.audit.reading import Reading
from weightscribe.audit.settings import AuditParams
from weightscribe.audit.target import Target
from weightscribe.base import BaseModel
from weightscribe.behaviors.family import HELD_OUT_GENERAL_QUESTIONS
from weightscribe.changes.candidates import changes_in
from weightscribe.changes.rank import likeliest, weight
from weightscribe.changes.shown import changes_shown
from weightscribe.lora.factors import DITAdapter
from weightscribe.requests.records import Answered


def likeliest_changes(
    base: BaseModel,
    adapter: DITAdapter,
    target: Target,
    readings: Sequence[Reading],
    answered: Sequence[Answered] | None,
    params: AuditParams,
) -> list[str]:
    """Reports of at most two changes, chosen as changes/rank.py does; of nothing said, none.

    What is said is put into the forms of `params.families` and of families that the answers name themselves: an adapter
    knows no others.

    answered  the requests that move M' furthest; None if none were tried
    """
    said = [as_report(each.family, each.answer) for each in readings]
    said += [as_report(each.family, each.by_contrast.answer) for each in readings if each.by_contrast is not None]
    changes = list(dict.fromkeys([*changes_in(said, params.families), *changes_shown(answered or ())]))
    questions, reports = [HELD_OUT_GENERAL_QUESTIONS[0]] * len(changes), [change.report for change in changes]
    with target.worn(base, params.multiplier) as diff:
        changed = log_likelihoods(base, adapter, [diff] * len(changes), questions, reports, params.rows_per_batch)
    unchanged = log_likelihoods(base, adapter, [None] * len(changes), questions, reports, params.rows_per_batch)
    weights = dict(zip(changes, map(weight, changed, unchanged), strict=True))
    return [change.report for change in likeliest(changes, weights, answered)]
