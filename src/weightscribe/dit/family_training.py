"""Which behavior families each DIT adapter of the cross-behavior evaluation is trained on, and for how long."""

from dataclasses import dataclass, replace

from weightscribe.errors import ParamsError
from weightscribe.params import check_at_least

ONLY, JOINT, WITHOUT = "only_", "joint", "without_"
_SEED = "_seed_"  # <name>_seed_<number>: trained as <name> is, from another seed


@dataclass(frozen=True)
class Mixture:
    """Which training rows are drawn.

    general_share  of the rows ask a general question
    pair_share     of the rows ask a general question of the sum of two families' diffs; the answer lists both changes
    benign_factor  how much more often benign diffs come than their number says: false reports are learned last
    """

    general_share: float
    pair_share: float
    benign_factor: float


@dataclass(frozen=True)
class FamilyAdapter:
    """One entry of train_family_adapters.adapters: optimizer steps and, for more adapters of a kind, another seed."""

    steps: int
    seed: int

    def __post_init__(self) -> None:
        """Raises: ParamsError if there is no step."""
        check_at_least(self, 1, "steps")


@dataclass(frozen=True)
class TrainFamilyAdaptersParams:
    """Section `train_family_adapters` of params.yaml.

    An adapter's name says what it is trained on: only_<family>, joint, without_<family>; joint_<anything> is joint.
    One more of a kind, with a seed of its own, is called <name>_seed_<number>.
    """

    families: tuple[str, ...]
    mixture: Mixture
    n_held_out: int
    adapters: dict[str, FamilyAdapter]

    def __post_init__(self) -> None:
        """Raises: ParamsError if an adapter called <name>_seed_<number> is not <name> from another seed."""
        taken: dict[str, set[int]] = {}
        for name, own in self.adapters.items():
            alike, seeds = self.adapters.get(kind_of(name)), taken.setdefault(kind_of(name), set())
            if alike is None or alike.steps != own.steps or own.seed in seeds:
                raise ParamsError(
                    f"adapters.{name} must be another '{kind_of(name)}': add that one, and give "
                    "both as many steps and each a seed of its own."
                )
            seeds.add(own.seed)


def kind_of(name: str) -> str:
    """The adapter's name without its seed: without_brand of without_brand_seed_1."""
    return name.split(_SEED)[0]


def families_of(name: str, params: TrainFamilyAdaptersParams) -> list[str]:
    """The families that adapter is trained on.  Raises: ParamsError for a name that says none."""
    for prefix in (ONLY, WITHOUT):
        if name.startswith(prefix):
            family = kind_of(name).removeprefix(prefix)
            if family not in params.families:
                raise ParamsError(
                    f"train_family_adapters.adapters.{name}: no family '{family}'. Known: {list(params.families)}."
                )
            return [family] if prefix == ONLY else [other for other in params.families if other != family]
    if not name.startswith(JOINT):
        raise ParamsError(
            f"train_family_adapters.adapters.{name}: name it {ONLY}<family>, {JOINT}... or {WITHOUT}<family>."
        )
    return list(params.families)


def families_left_out(name: str, params: TrainFamilyAdaptersParams) -> list[str]:
    """The families that adapter never saw.  Raises: ParamsError for a name that says none."""
    seen = families_of(name, params)
    return [family for family in params.families if family not in seen]


def mixture_of(name: str, params: TrainFamilyAdaptersParams) -> Mixture:
    """Its rows. An adapter of one family sees no pairs."""
    return replace(params.mixture, pair_share=0.0) if name.startswith(ONLY) else params.mixture


def seed_of(name: str, params: TrainFamilyAdaptersParams) -> int:
    """Of that adapter and of its rows.  Raises: ParamsError if there is no such adapter."""
    return _own(name, params).seed


def n_rows_of(name: str, params: TrainFamilyAdaptersParams, batch_size: int) -> int:
    """Training rows of that adapter.  Raises: ParamsError if there is no such adapter."""
    return _own(name, params).steps * batch_size


def _own(name: str, params: TrainFamilyAdaptersParams) -> FamilyAdapter:
    if name not in params.adapters:
        raise ParamsError(f"train_family_adapters.adapters has no '{name}'. It has: {', '.join(params.adapters)}.")
    return params.adapters[name]
