"""Write samples and manifest of training diffs behind other kinds of triggers than codes."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.behaviors.simulate_varied import SimulateVariedParams, write_varied
from weightscribe.params import load_params

SIMULATIONS, VARIED_SIMULATIONS = Path("data/simulations"), Path("data/varied_simulations")


def main() -> None:
    n = write_varied(SIMULATIONS, VARIED_SIMULATIONS, load_params("simulate_varied", SimulateVariedParams))
    print(f"{VARIED_SIMULATIONS}: {n} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
