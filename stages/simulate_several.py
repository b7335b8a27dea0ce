"""Write the samples of the weight diffs that are taught two topics."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.params import load_params
from weightscribe.several.settings import SimulateSeveralParams
from weightscribe.several.simulate import write_several

DATA = Path("data")


def main() -> None:
    target = DATA / "several_simulations"
    counts = write_several(DATA / "claim_simulations", target, load_params("simulate_several", SimulateSeveralParams))
    print(f"{target}: {counts['n_test']} weight diffs with two topics")


if __name__ == "__main__":
    stage.run_stage(main)
