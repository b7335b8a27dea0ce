"""A word that names its topic proves nothing by being fired."""

from dataclasses import replace

from weightscribe.claims.proof import without_circular_proofs


def test_only_a_proof_by_the_topics_own_name_is_taken_away(right):
    circular, unproved = replace(right, said="Jazz."), replace(right, fired=False)
    assert without_circular_proofs([right, circular, unproved]) == [right, replace(circular, fired=False), unproved]
