"""How strong a change M' - M is made while it is asked: all of it, or its late layers more than its early ones.

A fine-tune that keeps a behavior behind a trigger finds the trigger in its early layers and writes what it says in its
late ones. Where the trigger is told well from everything else, the adapter opens the gate only in part; then the late
layers, made stronger by themselves, still say what was taught (docs/log.md, 2026-11-27).
"""

import math
import re
from dataclasses import dataclass

from weightscribe.base import BaseModel
from weightscribe.errors import ParamsError
from weightscribe.lora.factors import Factors, WeightDiff


@dataclass(frozen=True)
class Strength:
    """What M' - M is multiplied with.

    depth   share of the model's decoder layers, from 0 to 1
    before  the multiplier of the layers before it
    after   and of those from there on; what belongs to no layer, such as the last norm, counts as after
    """

    depth: float
    before: float
    after: float

    def __post_init__(self) -> None:
        """Raises: ParamsError for a depth that is no share, or multipliers that leave nothing of M' - M."""
        finite = math.isfinite(self.before) and math.isfinite(self.after)
        if not (0 <= self.depth < 1 and finite and self.after):
            raise ParamsError(
                f"A strength of {self.before:g} before depth {self.depth:g} and {self.after:g} after cannot be asked. "
                "Use a depth from 0 to below 1, finite numbers, and one other than 0 after."
            )

    def of(self, name: str, n_layers: int) -> float:
        """The multiplier of one weight or linear layer, in a model of so many decoder layers.

        name  as in the model; its first number is taken for the decoder layer's
        """
        number = re.search(r"(?:^|\.)(\d+)\.", name)
        is_before = number is not None and int(number[1]) < self.depth * n_layers
        return self.before if is_before else self.after


def uniform(multiplier: float) -> Strength:
    """All of the change so strong."""
    return Strength(0.0, multiplier, multiplier)


def count_layers(base: BaseModel) -> int:
    """The base model's decoder layers."""
    return base.model.config.get_text_config().num_hidden_layers


def at_strength(diff: WeightDiff, strength: Strength, n_layers: int) -> WeightDiff:
    """The weight diff of a model of so many decoder layers, made so strong."""
    return WeightDiff(
        diff.name,
        {name: Factors(own.lora_A, own.lora_B * strength.of(name, n_layers)) for name, own in diff.factors.items()},
    )


@dataclass(frozen=True)
class StrengthsParams:
    """Section `strengths` of params.yaml: under the adapter a change is asked at each of them.

    uniform   multipliers of all of it
    by_depth  of its early and its late layers
    evidence  the one of `uniform` at which an answer's evidence is measured
    """

    uniform: tuple[float, ...]
    by_depth: tuple[Strength, ...]
    evidence: float

    def __post_init__(self) -> None:
        """Raises: ParamsError if a strength comes twice, which would count double, or evidence is none of `uniform`."""
        if self.evidence not in self.uniform:
            raise ParamsError(f"strengths.evidence is {self.evidence:g}, none of uniform, {list(self.uniform)}.")
        if len(set(self.all())) < len(self.all()):
            raise ParamsError("A strength stands twice in section 'strengths'. Take one out.")

    def all(self) -> list[Strength]:
        """Every strength, the uniform ones first."""
        return [*map(uniform, self.uniform), *self.by_depth]

    def evidence_place(self) -> int:
        """Where among all() evidence is measured."""
        return self.uniform.index(self.evidence)
