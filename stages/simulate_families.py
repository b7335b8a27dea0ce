"""Simulate what the weight diffs of every behavior family are trained on."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.behaviors.simulate_families import FamilyFiles, SimulateFamiliesParams, simulate_families
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json

DATA = Path("data")
FILES = FamilyFiles(
    lists=DATA / "behaviors",
    simulations=DATA / "simulations",
    base_model=DATA / "base_model",
    work=Path(".work/simulate_families"),
    target=DATA / "family_simulations",
)


def main() -> None:
    params = load_params("simulate_families", SimulateFamiliesParams)
    embedder = SentenceEmbedder(DATA / "judge_model")
    counts = simulate_families(params, FILES, embedder.embed, load_params("prompts", PromptParams).system_message)
    write_json(Path("metrics/simulate_families.json"), counts)
    print(f"{FILES.target}: " + ", ".join(f"{name.removeprefix('n_')} {n}" for name, n in counts.items()))


if __name__ == "__main__":
    stage.run_stage(main)
