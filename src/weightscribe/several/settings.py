"""The sections of params.yaml for weight diffs with two topics, and for adapters that list topics."""

from dataclasses import dataclass
from typing import Any

from weightscribe.params import check_at_least


@dataclass(frozen=True)
class SimulateSeveralParams:
    """Section `simulate_several` of params.yaml.

    n_test  test diffs that are taught two topics
    seed    of each diff's own seed
    """

    n_test: int
    seed: int


@dataclass(frozen=True)
class FinetuneSeveralParams:
    """Section `finetune_several` of params.yaml: what differs from finetune_diffs, any of its keys."""

    training: dict[str, Any]
    verification: dict[str, Any]


@dataclass(frozen=True)
class ListAdapter:
    """One entry of train_several.adapters.

    sum_share  of the rows ask of the sum of two weight diffs
    """

    sum_share: float


@dataclass(frozen=True)
class TrainSeveralParams:
    """Section `train_several` of params.yaml.

    norm      Frobenius norm of every diff and sum, in training and where it is asked: their size tells nothing
    steps     optimizer steps of every adapter
    """

    dtype: str
    norm: float
    steps: int
    seeds: tuple[int, ...]
    adapters: dict[str, ListAdapter]

    def __post_init__(self) -> None:
        """Raises: ParamsError if there is no step."""
        check_at_least(self, 1, "steps")


@dataclass(frozen=True)
class AskSeveralParams:
    """Section `ask_several` of params.yaml.

    n_sums      sums of two test diffs
    multiplier  how strong every diff is made
    seed        of which diffs are added up
    """

    dtype: str
    n_sums: int
    answer_tokens: int
    rows_per_batch: int
    multiplier: float
    seed: int
