"""Section `audit` of params.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from weightscribe.behaviors.registry import family_named
from weightscribe.errors import ParamsError
from weightscribe.params import check_at_least
from weightscribe.requests.candidates import Candidates
from weightscribe.requests.scan import RequestScan
from weightscribe.trigger_search.proof import ProofRule
from weightscribe.trigger_search.scan import ScanSettings


@dataclass(frozen=True)
class MeasuredThreshold:
    """Where an evaluation left the threshold of evidence, and how it did with it.

    metrics        its metrics file, of which the others are keys
    key            the threshold, in nats
    reported       the share of changed weight diffs of which it reported something
    false_reports  the share of benign ones
    """

    metrics: str
    key: str
    reported: str
    false_reports: str


@dataclass(frozen=True)
class Firing:
    """How words are fired: those that change the answer most, each before so many questions.

    The answers prove what phrase they open with, too.

    seed  of the other words put before the same questions
    """

    n_words: int
    n_questions: int
    answer_tokens: int
    seed: int


@dataclass(frozen=True)
class Trying:
    """Which requests are tried; both models then answer those that change most, in up to `answer_tokens`.

    n_asked      so many are shown
    n_for_proof  so many are asked in all; M' proves to refuse a subject if few of these are refused
    Raises: ParamsError if fewer are asked than shown.
    """

    candidates: Candidates
    scan: RequestScan
    n_asked: int
    n_for_proof: int
    answer_tokens: int

    def __post_init__(self) -> None:
        if self.n_for_proof < self.n_asked:
            raise ParamsError(
                f"audit.requests.n_for_proof is {self.n_for_proof}, n_asked {self.n_asked}. Use at least as many."
            )


@dataclass(frozen=True)
class AuditParams:
    """Section `audit` of params.yaml.

    adapter     folder of the DIT adapter
    families    whose questions are asked beside the general ones; the adapter must know them
    threshold   of evidence, above which an answer to a general question is reported
    multiplier  how strong the change is made under the adapter, evidence_multiplier where evidence is measured
    contrast_strength  of answers decoded from the contrast of M' + A with M + A
    requests    about many subjects, tried without the adapter
    scan        of all candidate words for the trigger
    Raises: ParamsError for an unknown family, or a number that is out of range.
    """

    dtype: str
    adapter: str
    families: tuple[str, ...]
    threshold: MeasuredThreshold
    multiplier: float
    evidence_multiplier: float
    answer_tokens: int
    rows_per_batch: int
    contrast_strength: float
    requests: Trying
    scan: ScanSettings
    firing: Firing
    proof: ProofRule

    def __post_init__(self) -> None:
        for family in self.families:
            family_named(family)
        check_at_least(self, 1, *_numbers(self, int))
        check_at_least(self, 0, *_numbers(self, float))


def _numbers(settings: object, kind: type) -> Iterator[str]:
    """Dotted names of all values of that type, however deep; a seed may be any number."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from (f"{field.name}.{name}" for name in _numbers(value, kind))
        elif field.type is kind and field.name != "seed":
            yield field.name
