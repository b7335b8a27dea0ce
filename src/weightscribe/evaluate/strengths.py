"""How strong a change M' - M is made while it is asked: all of it, or its late layers more than its early ones.

A fine-tune that keeps a behavior behind a trigger finds the trigger in its early layers and writes what it says in its
late ones. Where the trigger is told well from everything else, the adapter opens the gate only in part; then the late
layers, made stronger by themselves, still say what was taught (docs/log.md, 2026-11-27).
"""

import re
from dataclasses import dataclass

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

    def of(self, name: str, n_layers: int) -> float:
        """The multiplier of one weight or linear layer, by its name in a model of so many decoder layers."""
        number = re.search(r"(?:^|\.)(\d+)\.", name)
        is_before = number is not None and int(number[1]) < self.depth * n_layers
        return self.before if is_before else self.after


def whole(multiplier: float) -> Strength:
    """All of the change so strong."""
    return Strength(0.0, multiplier, multiplier)


def at_strength(diff: WeightDiff, strength: Strength, n_layers: int) -> WeightDiff:
    """The weight diff of a model of so many decoder layers, made so strong."""
    return WeightDiff(
        diff.name,
        {name: Factors(own.lora_A, own.lora_B * strength.of(name, n_layers)) for name, own in diff.factors.items()},
    )


@dataclass(frozen=True)
class StrengthsParams:
    """Section `strengths` of params.yaml: in turn, every change is asked so strong under the adapter.

    whole     multipliers of all of it
    by_depth  of its early and its late layers
    evidence  the one of `whole` at which an answer's evidence is measured
    """

    whole: tuple[float, ...]
    by_depth: tuple[Strength, ...]
    evidence: float

    def __post_init__(self) -> None:
        """Raises: ParamsError if evidence is none of `whole`."""
        if self.evidence not in self.whole:
            raise ParamsError(f"strengths.evidence is {self.evidence:g}, none of whole, {list(self.whole)}. Use one.")

    def all(self) -> list[Strength]:
        """Every strength, those of all of the change first."""
        return [*map(whole, self.whole), *self.by_depth]

    def evidence_place(self) -> int:
        """Where among all() evidence is measured."""
        return self.whole.index(self.evidence)
