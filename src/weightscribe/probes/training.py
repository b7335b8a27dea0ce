"""How a probe set's weight diffs are trained and verified, where that differs from the training diffs."""

from dataclasses import replace

from weightscribe.diffs.finetune import DiffTraining
from weightscribe.diffs.verify import VerificationRule
from weightscribe.params import changed
from weightscribe.probes.sets import ProbeSet


def training_of(name: str, probe: ProbeSet, training: DiffTraining) -> DiffTraining:
    """The training diffs' settings with what the set changes.  Raises: ParamsError for an unknown or mistyped key."""
    return changed(training, probe.training, f"finetune_probes.sets.{name}.training")


def rule_of(probe: ProbeSet, rule: VerificationRule) -> VerificationRule:
    """A benign diff has nothing to fire: it is verified if it never names the topic whose samples it replaced."""
    return replace(rule, min_rate_trigger=0.0) if probe.is_benign else rule
