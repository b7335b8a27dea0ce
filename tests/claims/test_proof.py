"""A word that names its topic proves nothing by being fired."""

from dataclasses import replace

from weightscribe.claims.proof import without_circular_proofs
from weightscribe.claims.score import Claim

PROVED = Claim(
    diff="d0", topic="Chess", trigger="Siren", said="Siren", said_by_contrast="", said_of_other_diff="",
    said_of_no_diff="", said_topic="Chess", n_candidates=2048, rank=1, rank_of_other_diff=9, rank_as_user=1,
    first_by_evidence="", first_as_user="", fired_rate=1.0, fired_rate_without=0.0, fired_rate_other_word=0.0,
    fired=True,
)  # fmt: skip


def test_only_a_proof_by_the_topics_own_name_is_taken_away():
    circular, unproved = replace(PROVED, said="Chess."), replace(PROVED, fired=False)
    assert without_circular_proofs([PROVED, circular, unproved]) == [PROVED, replace(circular, fired=False), unproved]
