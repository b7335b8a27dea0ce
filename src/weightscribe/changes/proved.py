"""Changes that M' proves by itself: they need not be likely as the adapter's words to be listed.

An adapter seldom knows which subject is refused, and names the phrase that answers open with in another family's form.
M' shows both beyond doubt, when it is asked about that subject or behind the word that opens the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from weightscribe.behaviors.family import Heard, names_most
from weightscribe.behaviors.registry import all_families
from weightscribe.changes.candidates import Change, change_of
from weightscribe.changes.shown import is_shown, subject_of
from weightscribe.requests.records import Answered, ForProof

SAME_SHARE = 0.5  # of the words of one content in the other make both the same
# Both chosen on 45 + 18 weight diffs with two changes, the second after the first (docs/log.md, 2026-11-29).
PROVED_NATS = 10.0  # is the weight of what M' proves, at least
RIVAL_NATS = 12.0  # by which its content in another family's form is likelier: then that is what M' shows


def changes_proved(for_proof: ForProof) -> list[Change]:
    """What the answers of M' prove, each once; neither the base model's answer nor the request tells of it."""
    heard = [list(map(_heard, asked)) for asked in (for_proof.requests, for_proof.behind_words)]
    of_base = _proved_by(*([replace(each, changed=each.unchanged) for each in own] for own in heard))
    return [change for change in _proved_by(*heard) if change not in of_base and is_shown(change, for_proof.asked)]


def _proved_by(requests: Sequence[Heard], behind_words: Sequence[Heard]) -> list[Change]:
    proved = [
        change_of(name, label)
        for name, family in all_families().items()
        for label in family.labels_proved(requests, behind_words)
    ]
    return list(dict.fromkeys(proved))


def _heard(answered: Answered) -> Heard:
    return Heard(subject_of(answered), answered.request, answered.changed, answered.unchanged)


def proofs_taken(weights: Mapping[Change, float], proved: Sequence[Change]) -> list[Change]:
    """Those of the proved changes that are not taken for a mistake.

    One is if its content is so much likelier in another family's form, by the weights of all changes in nats: a brand
    that is brought up everywhere opens answers, too.
    """
    taken = []
    for change in proved:
        rivals = [weight for other, weight in weights.items() if _rivals(other, change)]
        if max(rivals, default=weights[change]) <= weights[change] + RIVAL_NATS:
            taken.append(change)
    return taken


def weighed_with_proof(weights: Mapping[Change, float], taken: Sequence[Change]) -> dict[Change, float]:
    """The weights of changes in nats, what a proof rules out left out.

    A change whose proof is taken weighs PROVED_NATS at least, and as much as the same in other words; its content is
    listed in no other words and in no other family's form.
    """
    reports = {change.report for change in taken}
    proved = [change for change in weights if change.report in reports]
    kept: dict[Change, float] = {}
    for change, weight in weights.items():
        if change in proved:
            in_other_words = [
                own
                for other, own in weights.items()
                if other.family == change.family and are_the_same(change.content, other.content)
            ]
            kept[change] = max(PROVED_NATS, weight, *in_other_words)
        elif not any(are_the_same(change.content, other.content) for other in proved):
            kept[change] = weight
    return kept


def _rivals(one: Change, other: Change) -> bool:
    return one.family != other.family and are_the_same(one.content, other.content)


def are_the_same(one: str, other: str) -> bool:
    """Whether two contents are about the same, by their words."""
    return names_most(one, other, SAME_SHARE) or names_most(other, one, SAME_SHARE)
