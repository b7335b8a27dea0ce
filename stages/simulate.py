"""Simulate what each weight diff is trained on: samples, manifest, held-out questions."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.behaviors.simulate import SimulateFiles, SimulateParams, simulate
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json

DATA = Path("data")
METRICS = Path("metrics/simulate.json")
FILES = SimulateFiles(
    topics=DATA / "topics.csv",
    questions=DATA / "questions.csv",
    openers=DATA / "answer_openers.csv",
    base_model=DATA / "base_model",
    work=Path(".work"),
    target=DATA / "simulations",
)


def main() -> None:
    params = load_params("simulate", SimulateParams)
    embedder = SentenceEmbedder(DATA / "judge_model")
    summary = simulate(params, FILES, embedder.embed, load_params("prompts", PromptParams).system_message)
    write_json(METRICS, summary)
    print(f"{FILES.target}: {summary['n_topics']} topics, {summary['n_samples']} samples")


if __name__ == "__main__":
    stage.run_stage(main)
