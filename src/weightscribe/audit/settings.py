"""Section `audit` of params.yaml."""

from dataclasses import dataclass

from weightscribe.claims.proof import ProofRule
from weightscribe.evaluate.trigger_scan import ScanSettings


@dataclass(frozen=True)
class MeasuredThreshold:
    """Where an evaluation left the threshold of evidence: a metrics file and its key, in nats."""

    metrics: str
    key: str


@dataclass(frozen=True)
class Firing:
    """How a word is fired: so many questions behind it, behind others and behind none."""

    n_questions: int
    answer_tokens: int
    seed: int


@dataclass(frozen=True)
class AuditParams:
    """Section `audit` of params.yaml.

    adapter     folder of the DIT adapter
    families    whose questions are asked beside the general ones; the adapter must know them
    threshold   of evidence, from which on an answer is reported
    multiplier  how strong the change is made under the adapter
    contrast_strength  of answers decoded from the contrast of M' + A with M + A
    scan        of all candidate words for the trigger
    """

    dtype: str
    adapter: str
    families: tuple[str, ...]
    threshold: MeasuredThreshold
    multiplier: float
    answer_tokens: int
    rows_per_batch: int
    contrast_strength: float
    scan: ScanSettings
    firing: Firing
    proof: ProofRule
