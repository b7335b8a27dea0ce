"""Section `list_changes` of params.yaml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ListChangesParams:
    """Which lists are put together.

    adapter       one of train_family_adapters that was trained on all families
    n_per_family  diffs with one change that lists are made of too, at most of each family
    """

    adapter: str
    n_per_family: int
