"""DIT adapters that differ from the main one in one thing, for tables of their own: the seed, the number of diffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from weightscribe.errors import ParamsError
from weightscribe.params import changed

if TYPE_CHECKING:
    from weightscribe.dit.qa import WeightDiffQA
    from weightscribe.dit.train import DITTraining


@dataclass(frozen=True)
class Variant:
    """One entry of train_dit_variants.variants in params.yaml.

    n_diffs   train on the first n diffs, repeated until an epoch has as many rows as the main adapter's; null: all
    training  what differs from train_dit.training: any of its keys
    """

    n_diffs: int | None
    training: dict[str, Any]


@dataclass(frozen=True)
class TrainDITVariantsParams:
    """Section `train_dit_variants` of params.yaml."""

    variants: dict[str, Variant]


def training_of(name: str, variant: Variant, training: "DITTraining") -> "DITTraining":
    """The settings with what the variant changes.  Raises: ParamsError for an unknown or mistyped key."""
    return changed(training, variant.training, f"train_dit_variants.variants.{name}.training")


def cases_of(name: str, variant: Variant, cases: Sequence["WeightDiffQA"]) -> list["WeightDiffQA"]:
    """The variant's training cases: as many rows as `cases`, so that every variant takes equal optimizer steps.

    Raises: ParamsError if it asks for more diffs than there are.
    """
    if variant.n_diffs is None:
        return list(cases)
    if not 1 <= variant.n_diffs <= len(cases):
        raise ParamsError(
            f"train_dit_variants.variants.{name}.n_diffs is {variant.n_diffs}. Use 1 to {len(cases)}, the number of "
            "verified training diffs, or null."
        )
    return list(islice(cycle(cases[: variant.n_diffs]), len(cases)))


def variant_named(name: str, params: TrainDITVariantsParams) -> Variant:
    """The variant of that name.  Raises: ParamsError if there is none."""
    if name not in params.variants:
        raise ParamsError(f"train_dit_variants.variants has no '{name}'. It has: {', '.join(params.variants)}.")
    return params.variants[name]
