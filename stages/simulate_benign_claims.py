"""Write samples and manifest of weight diffs behind words in which nothing notable changes."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.claims.benign import SimulateBenignClaimsParams, write_benign_claims
from weightscribe.params import load_params

CLAIMS, TARGET = Path("data/claim_simulations"), Path("data/benign_claim_simulations")


def main() -> None:
    counts = write_benign_claims(CLAIMS, TARGET, load_params("simulate_benign_claims", SimulateBenignClaimsParams))
    print(f"{TARGET}: {counts['n_train']} weight diffs to train on, {counts['n_test']} to test on")


if __name__ == "__main__":
    stage.run_stage(main)
