"""Write samples and manifests of the probe sets: weight diffs that only test the DIT adapter."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.params import load_params
from weightscribe.probes.sets import FinetuneProbesParams, SimulateProbesParams, write_probe_sets

SIMULATIONS, PROBE_SIMULATIONS = Path("data/simulations"), Path("data/probe_simulations")


def main() -> None:
    params = load_params("simulate_probes", SimulateProbesParams)
    sets = load_params("finetune_probes", FinetuneProbesParams).sets
    counts = write_probe_sets(SIMULATIONS, PROBE_SIMULATIONS, sets, params)
    print(f"{PROBE_SIMULATIONS}: {len(counts)} sets, {sum(counts.values())} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
