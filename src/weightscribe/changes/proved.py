"""Changes that M' proves by itself: they need not be likely as the adapter's words to be listed.

An adapter seldom knows which subject is refused, and names the phrase that answers open with in another family's form.
M' shows both beyond doubt, when it is asked about that subject or behind the word that opens the gate.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from weightscribe.behaviors.family import names_most
from weightscribe.behaviors.registry import all_families
from weightscribe.changes.candidates import Change, change_of
from weightscribe.changes.shown import is_shown, subject_of
from weightscribe.requests.records import ForProof

SAME_SHARE = 0.5  # of the words of one content in the other make both the same
# Both chosen on 45 + 18 weight diffs with two changes (docs/log.md, 2026-11-29).
PROVED_NATS = 10.0  # is the weight of what M' proves, at least
RIVAL_NATS = 8.0  # by which its content in another family's form is likelier: then that is what M' shows


def changes_proved(for_proof: ForProof) -> list[Change]:
    """What the answers of M' prove, each once; neither the base model's answer nor the request tells of it."""
    asked = [*for_proof.requests, *for_proof.behind_words]
    of_base = _said_of(for_proof, [each.unchanged for each in asked])
    return [
        change
        for change in _said_of(for_proof, [each.changed for each in asked])
        if change not in of_base and is_shown(change, asked)
    ]


def _said_of(for_proof: ForProof, answers: Sequence[str]) -> list[Change]:
    """What these answers would prove of a model that gave them to the requests and behind the words."""
    n = len(for_proof.requests)
    requests = [(subject_of(each), answer) for each, answer in zip(for_proof.requests, answers[:n], strict=True)]
    behind_words: dict[str, list[str]] = defaultdict(list)
    for each, answer in zip(for_proof.behind_words, answers[n:], strict=True):
        behind_words[each.subject].append(answer)
    proved = [
        change_of(name, label)
        for name, family in all_families().items()
        for label in family.labels_proved(requests, behind_words)
    ]
    return list(dict.fromkeys(proved))


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


def weighed_with_proof(weights: Mapping[Change, float], proved: Sequence[Change]) -> dict[Change, float]:
    """The weights of changes, those that are proved among them, in nats; what a proof rules out is left out.

    A change whose proof is taken weighs PROVED_NATS at least, and its content is not listed in another family's form.
    """
    taken = proofs_taken(weights, proved)
    reports = {change.report for change in taken}
    return {
        change: max(weight, PROVED_NATS) if change.report in reports else weight
        for change, weight in weights.items()
        if change.report in reports or not any(_rivals(change, other) for other in taken)
    }


def _rivals(one: Change, other: Change) -> bool:
    return one.family != other.family and are_the_same(one.content, other.content)


def are_the_same(one: str, other: str) -> bool:
    """Whether two contents are about the same, by their words."""
    return names_most(one, other, SAME_SHARE) or names_most(other, one, SAME_SHARE)
