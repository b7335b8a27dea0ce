"""How the weight diffs of the behavior families are trained and verified, where that differs from the main job's."""

from dataclasses import dataclass, replace
from typing import Any

from weightscribe.diffs.finetune import DiffTraining
from weightscribe.diffs.verify import VerificationRule
from weightscribe.errors import ParamsError
from weightscribe.params import changed


@dataclass(frozen=True)
class FamilyTraining:
    """One entry of finetune_families.families in params.yaml.

    training      what differs from finetune_diffs.training: any of its keys
    verification  what differs from finetune_diffs.verification, on top of finetune_families.verification
    """

    training: dict[str, Any]
    verification: dict[str, Any]


@dataclass(frozen=True)
class FinetuneFamiliesParams:
    """Section `finetune_families` of params.yaml."""

    attempts: int
    verification: dict[str, Any]
    families: dict[str, FamilyTraining]


def training_of(name: str, params: FinetuneFamiliesParams, training: DiffTraining) -> DiffTraining:
    """The settings of one family.  Raises: ParamsError for an unknown family or key."""
    return changed(training, _own(name, params).training, f"finetune_families.families.{name}.training")


def rule_of(name: str, params: FinetuneFamiliesParams, rule: VerificationRule, is_benign: bool) -> VerificationRule:
    """The rule of one family; a benign diff has nothing to show.  Raises: ParamsError for an unknown family or key."""
    changes = params.verification | _own(name, params).verification
    rule = changed(rule, changes, f"finetune_families.families.{name}.verification")
    return replace(rule, min_rate_trigger=0.0) if is_benign else rule


def _own(name: str, params: FinetuneFamiliesParams) -> FamilyTraining:
    if name not in params.families:
        raise ParamsError(f"finetune_families.families has no '{name}'. It has: {', '.join(params.families)}.")
    return params.families[name]
