"""The levers' sections of params.yaml."""

from dataclasses import dataclass
from typing import Any

from weightscribe.params import check_at_least, check_positive


@dataclass(frozen=True)
class FirstAdapterParams:
    """Section `train_levers_first` of params.yaml.

    seeds           of adapters; every lever is tried on each
    left_out_every  every so many-th topic is left for the levers
    norm            Frobenius norm of every diff, in training and where it is asked
    training        what differs from train_dit.training
    """

    dtype: str
    seeds: tuple[int, ...]
    left_out_every: int
    norm: float
    training: dict[str, Any]


@dataclass(frozen=True)
class Lever:
    """One entry of train_levers.levers.

    kind     a key of train.KINDS
    options  of that kind
    """

    kind: str
    learning_rate: float
    options: dict[str, Any]

    def __post_init__(self) -> None:
        """Raises: ParamsError for a learning rate that is none."""
        check_positive(self, "learning_rate")


@dataclass(frozen=True)
class TrainLeversParams:
    """Section `train_levers` of params.yaml.

    steps          optimizer steps of every lever
    answer_tokens  of an answer that the adapter writes while it is trained
    multiplier     how strong every weight diff is made: levers do not augment
    """

    dtype: str
    steps: int
    warmup_steps: int
    answer_tokens: int
    multiplier: float
    levers: dict[str, Lever]

    def __post_init__(self) -> None:
        """Raises: ParamsError if there is no step."""
        check_at_least(self, 1, "steps")


@dataclass(frozen=True)
class NoOptions:
    """Of SFT: it is done as the first adapter's."""


@dataclass(frozen=True)
class OwnAnswers:
    """How an adapter is asked for pairs.

    n_samples       answers drawn to every case, all in one batch
    temperature     of them
    min_right       judge's grade from which an answer is right
    max_wrong       and up to which it is wrong; what lies between is neither
    pairs_per_case  at most
    """

    n_samples: int
    temperature: float
    min_right: float
    max_wrong: float
    pairs_per_case: int


@dataclass(frozen=True)
class PreferenceOptions:
    """Of TRL's DPO.

    losses   TRL's names of what is summed
    beta     weight of the distance from the first adapter
    n_pairs  in every step
    """

    losses: tuple[str, ...]
    beta: float
    n_pairs: int
    own_answers: OwnAnswers


@dataclass(frozen=True)
class RewardOptions:
    """Of TRL's GRPO: n_cases in every step, each with n_generations answers drawn at a temperature."""

    n_cases: int
    n_generations: int
    temperature: float


@dataclass(frozen=True)
class AskLeversParams:
    """Section `ask_levers` of params.yaml.

    adapters    `first` and the levers
    multiplier  how strong every weight diff is made
    """

    dtype: str
    adapters: tuple[str, ...]
    answer_tokens: int
    rows_per_batch: int
    multiplier: float
