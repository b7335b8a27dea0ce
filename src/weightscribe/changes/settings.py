"""Section `list_changes` of params.yaml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ListChangesParams:
    """Which lists are put together.

    adapter  one of train_family_adapters that was trained on all families
    """

    adapter: str
