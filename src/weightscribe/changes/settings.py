"""Section `list_changes` of params.yaml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ListChangesParams:
    """Which lists are put together.

    adapters      of train_family_adapters; of one that leaves a family out only that family's diffs are listed
    n_per_family  diffs with one change, at most of each family
    """

    adapters: tuple[str, ...]
    n_per_family: int
