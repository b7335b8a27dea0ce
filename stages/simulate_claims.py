"""Write samples and manifest of hidden topics behind one word each, for what an adapter says of triggers."""

import tempfile
from dataclasses import replace
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.behaviors.gates import TASKS
from weightscribe.behaviors.generators import LocalGenerator, Prompt, Sampling
from weightscribe.behaviors.simulate import SimulateFiles, SimulateParams, simulate
from weightscribe.claims.simulate import SimulateClaimsParams, write_claims
from weightscribe.judge.embedding import SentenceEmbedder
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.storage import write_json

DATA, WORK = Path("data"), Path(".work")
TARGET = DATA / "claim_simulations"


def main() -> None:
    own = load_params("simulate_claims", SimulateClaimsParams)
    params = replace(load_params("simulate", SimulateParams), n_train=own.n_train, n_test=own.n_test)
    system_message = load_params("prompts", PromptParams).system_message
    with tempfile.TemporaryDirectory() as scratch:
        # Topics that stage simulate has already answered on this machine are taken from its work folder.
        files = SimulateFiles(
            topics=DATA / "topics.csv",
            questions=DATA / "questions.csv",
            openers=DATA / "answer_openers.csv",
            base_model=DATA / "base_model",
            work=WORK,
            target=Path(scratch) / "simulations",
        )
        summary = simulate(params, files, SentenceEmbedder(DATA / "judge_model").embed, system_message)
        sampling = Sampling(0.0, 1.0, params.answer_tokens)
        model = LocalGenerator(files.base_model, sampling, dtype=params.dtype, batch_size=params.batch_size)
        answers = model.complete([Prompt(system_message, task, "") for task in TASKS], seed=0)
        counts = write_claims(files.target, TARGET, dict(zip(TASKS, answers, strict=True)), own)
    write_json(Path("metrics/simulate_claims.json"), summary | counts)
    print(f"{TARGET}: {counts['n_gated']} weight diffs behind a word, {counts['n_ungated']} behind none")


if __name__ == "__main__":
    stage.run_stage(main)
