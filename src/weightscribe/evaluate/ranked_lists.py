"""Lists of changes chosen by the model M' + A among what it says to every question.

Asked a general question it stops after one change, or gives it in another family's form; asked a family's own question
it says the content more often, but in that family's form whatever was changed ("It refuses to talk about Blue Harbor",
where the brand is loved). So contents are taken from all answers, plain and by contrast, and the general question
decides in which family's form they are reported and which are listed: the report that M' + A finds likeliest, and the
next one of another family with another content if it is not much less likely.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from weightscribe.base import BaseModel
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.family import SEPARATOR, names_most
from weightscribe.behaviors.registry import all_families, family_named, read_report
from weightscribe.evaluate.answer_parts import parts_of
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.evidence import log_likelihoods
from weightscribe.evaluate.families import AskFamiliesParams, FamilyQuestion, as_report
from weightscribe.evaluate.family_methods import CHECKLIST, GENERAL, PAIR, RANKED
from weightscribe.evaluate.most_evident import Way, all_scaled, answers_in
from weightscribe.lora.factors import DITAdapter

# Chosen on the even half of 53 diffs with two changes (docs/log.md, 2026-11-28).
DISCOUNT = 0.1  # of a report's log-likelihood without the diff: what A says of anything counts a little less
WITHIN_NATS = 4.0  # of the likeliest report is what is listed beside it
SAME_SHARE = 0.5  # of the words of one content in the other make both the same


@dataclass(frozen=True)
class Change:
    """One change that may be listed: its report, the report's family, and what it is about."""

    report: str
    family: str
    content: str


def rank_lists(
    base: BaseModel,
    adapter: DITAdapter,
    asked: Sequence[FamilyQuestion],
    answers: Sequence[Answer],
    params: AskFamiliesParams,
) -> list[Answer]:
    """One answer for every diff with several changes: the list likeliest to be right.

    asked, answers  what `ask_families` was asked and answered, in the same order
    """
    about_lists = [
        (each, answer.answer)
        for each, answer in zip(asked, answers, strict=True)
        if each.family in (PAIR, COMBINED) and each.method in (GENERAL, CHECKLIST)
    ]
    if not about_lists:
        return []
    questions = [each for each, _ in about_lists]
    by_contrast = answers_in(
        base,
        adapter,
        [each.diff for each in questions],
        [each.question for each in questions],
        Way(params.multiplier, params.contrast_strength),
        max_new_tokens=params.limits.answer_tokens,
        rows_per_batch=params.limits.rows_per_batch,
        progress="several changes, by contrast",
    )
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (each, plain), other in zip(about_lists, by_contrast, strict=True):
        said[each.family, each.name] += [plain, as_report(each, other)]
    general = [each for each in questions if each.method == GENERAL]
    changes = [changes_in(said[each.family, each.name]) for each in general]
    places = [place for place, own in enumerate(changes) for _ in own]
    diffs = all_scaled([general[place].diff for place in places], params.multiplier)
    asked_of = [general[place].question for place in places]
    reports = [change.report for own in changes for change in own]
    limit = params.limits.rows_per_batch
    changed = iter(log_likelihoods(base, adapter, diffs, asked_of, reports, limit))
    unchanged = iter(log_likelihoods(base, adapter, [None] * len(reports), asked_of, reports, limit))
    return [
        _answer(each, listed(own, [next(changed) - DISCOUNT * next(unchanged) for _ in own]))
        for each, own in zip(general, changes, strict=True)
    ]


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
            if content is None:
                content = label
            else:
                own += [(other, of) for other, family in all_families().items() for of in family.labels_about(content)]
            for family, of in own:
                report = family_named(family).report(of)
                found.setdefault(report, Change(report, family, content))
    return list(found.values())


def listed(changes: Sequence[Change], weights: Sequence[float]) -> list[Change]:
    """At most two of the changes: the one of the highest weight, and the next of another family and content.

    weights  log-likelihoods in nats; what is more than WITHIN_NATS below the highest is not listed
    """
    order = sorted(range(len(changes)), key=lambda place: -weights[place])
    kept = [changes[place] for place in order[:1]]
    for place in order[1:]:
        if weights[place] < weights[order[0]] - WITHIN_NATS:
            break
        if changes[place].family != kept[0].family and not _are_the_same(changes[place].content, kept[0].content):
            return [*kept, changes[place]]
    return kept


def _are_the_same(one: str, other: str) -> bool:
    return names_most(one, other, SAME_SHARE) or names_most(other, one, SAME_SHARE)


def _answer(each: FamilyQuestion, changes: Sequence[Change]) -> Answer:
    reports = SEPARATOR.join(change.report for change in changes)
    return Answer(f"{RANKED}_{each.family}", each.name, each.target, reports)
