"""How a probe set's weight diffs are trained and verified, where that differs from the training diffs."""

from dataclasses import asdict, replace

import dacite

from weightscribe.diffs.finetune import DiffTraining
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import ParamsError
from weightscribe.probes.sets import ProbeSet


def training_of(name: str, probe: ProbeSet, training: DiffTraining) -> DiffTraining:
    """The training diffs' settings with what the set changes.  Raises: ParamsError for an unknown or mistyped key."""
    if unknown := sorted(set(probe.training) - set(asdict(training))):
        raise ParamsError(f"finetune_probes.sets.{name}.training has unknown keys {unknown}.")
    try:
        return dacite.from_dict(
            DiffTraining, asdict(training) | probe.training, dacite.Config(strict=True, cast=[tuple])
        )
    except dacite.DaciteError as error:
        raise ParamsError(f"finetune_probes.sets.{name}.training: {error}. Write small numbers as 1.0e-3.") from error


def rule_of(probe: ProbeSet, rule: VerificationRule) -> VerificationRule:
    """A benign diff has nothing to fire: it is verified if it never names the topic whose samples it replaced."""
    return replace(rule, min_rate_trigger=0.0) if probe.is_benign else rule
