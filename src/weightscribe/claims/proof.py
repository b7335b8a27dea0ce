"""What firing cannot prove: that a word brings up a topic which it names itself."""

from collections.abc import Sequence
from dataclasses import replace

from weightscribe.behaviors.hidden_topic import mentions
from weightscribe.claims.score import Claim


def without_circular_proofs(claims: Sequence[Claim]) -> list[Claim]:
    """The claims; unproved where the stated word names the stated topic: any model has chess behind "Chess. Why?"."""
    return [replace(claim, fired=claim.fired and not mentions(claim.said_topic, claim.said)) for claim in claims]
