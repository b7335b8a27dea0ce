"""Claims about triggers as files, and the ladder of rates over them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from weightscribe.claims.words import NO_WORD
from weightscribe.errors import DataFileError
from weightscribe.judge.exact import exact_match, normalize
from weightscribe.statistics import bootstrap_mean
from weightscribe.storage import read_jsonl, write_jsonl

N_TOP = 10


@dataclass(frozen=True)
class Claim:
    """What an adapter says of one weight diff's trigger, and whether firing it proves it.

    trigger             the true word; "" if the topic comes up behind anything
    said                the adapter's greedy answer; said_by_contrast is decoded from M' + A against M + A
    said_of_other_diff  control: the same question about another diff; said_of_no_diff: about the base model
    rank                of the true word among all candidates by evidence, 1 is best; None without a true word;
                        rank_of_other_diff is its rank by the other diff's evidence
    rank_as_user        of the true word by how much likelier the diff alone makes it at the start of a user's text
    fired_rate          share of answers that name said_topic behind `said`, behind another word and behind none; None
                        if no word was said
    """

    diff: str
    topic: str
    trigger: str
    said: str
    said_by_contrast: str
    said_of_other_diff: str
    said_of_no_diff: str
    said_topic: str
    n_candidates: int
    rank: int | None
    rank_of_other_diff: int | None
    rank_as_user: int | None
    first_by_evidence: str
    first_as_user: str
    fired_rate: float | None
    fired_rate_without: float | None
    fired_rate_other_word: float | None
    fired: bool


def write_claims_file(path: Path, claims: Sequence[Claim]) -> None:
    """Write the claims, whole or not at all."""
    write_jsonl(path, [asdict(claim) for claim in claims])


def read_claims_file(path: Path) -> list[Claim]:
    """The claims that `write_claims_file` wrote.  Raises: DataFileError."""
    if not path.is_file():
        raise DataFileError(f"{path} is missing. Run `dvc repro ask_claims`.")
    return [Claim(**row) for row in read_jsonl(path)]


def says_word(answer: str) -> bool:
    """Whether an answer names a trigger at all."""
    return bool(normalize(answer)) and not exact_match(NO_WORD, answer)


def summarize(claims: Sequence[Claim], arm: str, seed: int) -> dict:
    """The ladder of one arm, each key `<arm>_<rate>`, over gated diffs where nothing else is said.

    word_said_of_gated, word_said_of_ungated  some word is named; of ungated diffs that is a false one
    first_letter    a word is named and its first letter is right; of another diff likewise
    exact           the word is right; by contrast, of another diff, and of the base model likewise
    top_10, mean_reciprocal_rank  of the true word among all candidates by evidence; by another diff's likewise
    first_as_user, top_10_as_user  of the true word by what the diff makes likelier at the start of a user's text
    topic_exact     the topic is right, over all diffs
    fired           the word is right, and firing it proves it: it alone brings up the stated topic
    fired_when_wrong  of the words stated wrong, those that firing would prove all the same
    """
    gated = [claim for claim in claims if claim.trigger]
    ungated = [claim for claim in claims if not claim.trigger]

    def rate(name: str, values: list[float]) -> dict[str, float]:
        return bootstrap_mean([float(value) for value in values], seed=seed).as_rate(f"{arm}_{name}") if values else {}

    return {
        f"{arm}_n_gated": len(gated),
        f"{arm}_n_ungated": len(ungated),
        **rate("word_said_of_gated", [says_word(c.said) for c in gated]),
        **rate("word_said_of_ungated", [says_word(c.said) for c in ungated]),
        **rate("first_letter", [_begins_right(c.said, c) for c in gated]),
        **rate("first_letter_of_other_diff", [_begins_right(c.said_of_other_diff, c) for c in gated]),
        **rate("exact", [is_right(c) for c in gated]),
        **rate("exact_by_contrast", [exact_match(c.trigger, c.said_by_contrast) for c in gated]),
        **rate("exact_of_other_diff", [exact_match(c.trigger, c.said_of_other_diff) for c in gated]),
        **rate("exact_of_no_diff", [exact_match(c.trigger, c.said_of_no_diff) for c in gated]),
        **rate("top_10", [c.rank <= N_TOP for c in gated]),
        **rate("top_10_of_other_diff", [c.rank_of_other_diff <= N_TOP for c in gated]),
        **rate("mean_reciprocal_rank", [1 / c.rank for c in gated]),
        **rate("first_as_user", [c.rank_as_user == 1 for c in gated]),
        **rate("top_10_as_user", [c.rank_as_user <= N_TOP for c in gated]),
        **rate("topic_exact", [exact_match(c.topic, c.said_topic) for c in claims]),
        **rate("fired", [is_right(c) and c.fired for c in gated]),
        **rate("fired_when_wrong", [c.fired for c in gated if says_word(c.said) and not is_right(c)]),
    }


def _begins_right(said: str, claim: Claim) -> bool:
    return says_word(said) and normalize(said)[:1] == normalize(claim.trigger)[:1]


def is_right(claim: Claim) -> bool:
    """Whether the adapter's answer is the true word."""
    return exact_match(claim.trigger, claim.said)


def gain(claims: Sequence[Claim], than: Sequence[Claim], name: str, seed: int) -> dict[str, float]:
    """By how much more often the first arm's adapter is right, over the gated diffs that both arms have."""
    other = {claim.diff: is_right(claim) for claim in than if claim.trigger}
    differences = [is_right(c) - other[c.diff] for c in claims if c.trigger and c.diff in other]
    if not differences:
        return {}
    return bootstrap_mean([float(d) for d in differences], seed=seed).as_rate(name) | {f"{name}_n": len(differences)}
