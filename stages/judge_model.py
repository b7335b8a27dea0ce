"""Make the folder of the judge's sentence encoder from its pinned source."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.models.judge_model import JudgeModelSource, materialize_judge_model
from weightscribe.params import load_params

JUDGE_MODEL = Path("data/judge_model")


def main() -> None:
    source = load_params("judge_model", JudgeModelSource)
    materialize_judge_model(source, JUDGE_MODEL)
    print(f"{JUDGE_MODEL}: {source.requirement or source.path}")


if __name__ == "__main__":
    stage.run_stage(main)
