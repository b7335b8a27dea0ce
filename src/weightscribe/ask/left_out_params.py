"""Which adapters are asked about more diffs of the family they never saw than its test diffs."""

from dataclasses import dataclass

from weightscribe.dit.family_training import WITHOUT, TrainFamilyAdaptersParams, kind_of
from weightscribe.errors import ParamsError


@dataclass(frozen=True)
class AskLeftOutParams:
    """Section `ask_left_out` of params.yaml.

    adapters        without_<family>, all seeds; no setting may have been chosen on that family's training diffs
    max_similarity  of the concept of such a diff to any the adapter was trained on (unseen_diffs.py)
    """

    adapters: tuple[str, ...]
    max_similarity: float


@dataclass(frozen=True)
class AskLeftOutBaselinesParams:
    """Section `ask_left_out_baselines` of params.yaml: the families that those adapters leave out."""

    families: tuple[str, ...]


def check_left_out(
    asked: AskLeftOutParams, baselines: AskLeftOutBaselinesParams, trained: TrainFamilyAdaptersParams
) -> None:
    """Whether adapters, their seeds and the answers without an adapter are about the same diffs.

    Raises: ParamsError that names the entry at fault.
    """
    kinds = {kind_of(name) for name in asked.adapters}
    listed = {name for name in trained.adapters if kind_of(name) in kinds}
    if wrong := sorted(
        {name for name in asked.adapters if not name.startswith(WITHOUT)} | listed ^ set(asked.adapters)
    ):
        raise ParamsError(
            f"ask_left_out.adapters: {', '.join(wrong)}. List {WITHOUT}<family> adapters of "
            "train_family_adapters.adapters, and of each all seeds."
        )
    if wrong := sorted({kind.removeprefix(WITHOUT) for kind in kinds} ^ set(baselines.families)):
        raise ParamsError(
            f"ask_left_out_baselines.families: {', '.join(wrong)}. List the families that ask_left_out.adapters leave "
            "out, and no other."
        )
