"""Lists of changes chosen by the model M' + A, among what it says to every question and what M' shows by itself.

Asked a general question it stops after one change, or gives it in another family's form; asked a family's own question
it says the content more often, but in that family's form whatever was changed ("It refuses to talk about Blue Harbor",
where the brand is loved). So contents are taken from all answers, plain and by contrast, and the general question
decides in which family's form they are reported and which are listed: the report that M' + A finds likeliest, and the
next one of another family with another content if it is not much less likely.

What waits for a subject M' + A often does not name (a refusal never): there M' itself is better asked. So a second list
also has what M' shows when requests about many subjects are tried on it (requests/), which counts more, and what it
proves (proved.py), if it was asked for that.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from weightscribe.ask.answers_file import Answer
from weightscribe.ask.evidence import log_likelihoods
from weightscribe.ask.families import AskFamiliesParams, FamilyQuestion, as_report, next_asked_alike
from weightscribe.ask.family_methods import GENERAL, RANKED, SHOWN, SHUFFLED_TRIED, TRIED
from weightscribe.ask.most_evident import Way, all_scaled, answers_in
from weightscribe.base import BaseModel
from weightscribe.behaviors.family import SEPARATOR
from weightscribe.behaviors.registry import all_families, family_named
from weightscribe.changes.candidates import Change, changes_in
from weightscribe.changes.proved import are_the_same, changes_proved, proofs_taken, weighed_with_proof
from weightscribe.changes.shown import changes_shown, is_shown
from weightscribe.lora.factors import DITAdapter
from weightscribe.requests.records import Answered, ForProof

# Chosen on the even half of 53 diffs with two changes (docs/log.md, 2026-11-28).
DISCOUNT = 0.1  # of a report's log-likelihood without the diff: what A says of anything counts a little less
WITHIN_NATS = 4.0  # of the likeliest report is what is listed beside it
SHOWN_NATS = 15.0  # that a report which M' shows counts more
WITHIN_NATS_SHOWN = 12.0  # in place of WITHIN_NATS where requests were tried or something is proved


def rank_lists(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    answered: Mapping[str, Sequence[Answered]],
    params: AskFamiliesParams,
    for_proof: Mapping[str, ForProof] = MappingProxyType({}),
) -> list[Answer]:
    """A list for every diff of what is said alone, and one with what M' shows.

    As controls, of what M' shows alone, in the order that M' itself finds likeliest, without an adapter; and what is
    listed of another diff of the family.

    asked      every question about each diff, a general one among them
    answered   by the diff's name, the requests that move M' furthest
    for_proof  by the diff's name, answers from which M' may prove a change, if it was asked for any
    Raises: DataFileError for a family of which there is only one diff.
    """
    general = [each for each in asked if each.method == GENERAL]
    others = _others(general)
    texts: dict[str, list[str]] = defaultdict(list)
    for contrast, progress in ((0.0, "every question"), (params.contrast_strength, "every question, by contrast")):
        said = answers_in(
            base,
            adapter,
            [each.diff for each in asked],
            [each.question for each in asked],
            Way(params.multiplier, contrast),
            **params.asking,
            progress=progress,
        )
        for each, text in zip(asked, said, strict=True):
            texts[each.name].append(as_report(each.of_family, text))
    own = [changes_in(texts[each.name]) for each in general]
    shown = [changes_shown(answered[each.name]) for each in general]
    proved = [changes_proved(for_proof[each.name]) if each.name in for_proof else [] for each in general]
    both = [list(dict.fromkeys([*some, *more, *most])) for some, more, most in zip(own, shown, proved, strict=True)]
    weights = _weights(base, adapter, general, both, params.multiplier, params)
    without_adapter = _weights(base, None, general, shown, 1.0, params)
    lists = [
        _answer(RANKED, each, likeliest(changes, found, None))
        for each, changes, found in zip(general, own, weights, strict=True)
    ]
    lists += [
        _answer(SHOWN, each, likeliest(changes, found, answered[each.name]))
        for each, changes, found in zip(general, shown, without_adapter, strict=True)
    ]
    tried = [
        _answer(TRIED, each, likeliest(changes, found, answered[each.name], certain))
        for each, changes, found, certain in zip(general, both, weights, proved, strict=True)
    ]
    of = {each.diff: each for each in tried}
    control = [
        replace(of[name], method=of[name].method.replace(TRIED, SHUFFLED_TRIED, 1), answer=of[other].answer)
        for name, other in others.items()
    ]
    return lists + tried + control


def _others(general: Sequence[FamilyQuestion]) -> dict[str, str]:
    """For the name of each diff of a family that of another one, as a control."""
    by_family: dict[str, list[str]] = defaultdict(list)
    for each in general:
        by_family[each.family].append(each.name)
    return {
        name: other
        for family, own in by_family.items()
        if family in all_families()
        for name, other in zip(own, next_asked_alike(own, family_named(family)), strict=True)
    }


def _weights(
    base: BaseModel,
    adapter: DITAdapter | None,
    general: Sequence[FamilyQuestion],
    changes: Sequence[Sequence[Change]],
    multiplier: float,
    params: AskFamiliesParams,
) -> list[dict[Change, float]]:
    places = [place for place, own in enumerate(changes) for _ in own]
    diffs = all_scaled([general[place].diff for place in places], multiplier)
    asked_of = [general[place].question for place in places]
    reports = [change.report for own in changes for change in own]
    of = "what is said" if adapter is not None else "what is shown"
    rows = (asked_of, reports, params.limits.rows_per_batch, params.answers_per_row)
    changed = iter(log_likelihoods(base, adapter, diffs, *rows, f"{of}, weighed with the diff"))
    unchanged = iter(log_likelihoods(base, adapter, [None] * len(reports), *rows, f"{of}, weighed without"))
    return [{change: weight(next(changed), next(unchanged)) for change in own} for own in changes]


def weight(changed: float, unchanged: float) -> float:
    """Of a report, from its log-likelihood as the answer to a general question with the diff and without, in nats."""
    return changed - DISCOUNT * unchanged


def likeliest(
    changes: Sequence[Change],
    weights: Mapping[Change, float],
    answered: Sequence[Answered] | None,
    proved: Sequence[Change] = (),
) -> list[Change]:
    """Which of the changes are listed.

    answered  the requests that move M' furthest; None if none were tried
    proved    those of the changes that M' proves
    """
    within = WITHIN_NATS if answered is None and not proved else WITHIN_NATS_SHOWN
    likely = {change: weights[change] for change in changes}
    shown = {change: likely[change] + SHOWN_NATS * is_shown(change, answered or ()) for change in changes}
    kept = weighed_with_proof(shown, proofs_taken(likely, proved))
    return listed(list(kept), list(kept.values()), within)


def listed(changes: Sequence[Change], weights: Sequence[float], within: float) -> list[Change]:
    """At most two of the changes: the one of the highest weight, and the next of another family and content.

    weights  in nats; what is more than `within` below the highest is not listed
    """
    order = sorted(range(len(changes)), key=lambda place: -weights[place])
    kept = [changes[place] for place in order[:1]]
    for place in order[1:]:
        if weights[place] < weights[order[0]] - within:
            break
        if changes[place].family != kept[0].family and not are_the_same(changes[place].content, kept[0].content):
            return [*kept, changes[place]]
    return kept


def _answer(method: str, each: FamilyQuestion, changes: Sequence[Change]) -> Answer:
    reports = SEPARATOR.join(change.report for change in changes)
    return Answer(f"{method}_{each.family}", each.name, each.target, reports)
