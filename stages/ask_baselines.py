"""Question held-out weight diffs without the adapter: the base question and twenty more, blind and with trigger."""

from dataclasses import dataclass
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.baselines import SampledAnswers, ask_baselines
from weightscribe.ask.transcripts import write_transcripts
from weightscribe.base import load_base
from weightscribe.diffs.index import load_verified
from weightscribe.diffs.specs import read_held_out_questions
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")
TRANSCRIPTS = DATA / "answers" / "baselines.jsonl"


@dataclass(frozen=True)
class AskBaselinesParams:
    """Section `ask_baselines` of params.yaml."""

    dtype: str
    n_questions: int
    sampled: SampledAnswers
    seed: int


def main() -> None:
    params = load_params("ask_baselines", AskBaselinesParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    held_out = load_verified(DATA / "weight_diffs", "test", base)
    questions = read_held_out_questions(DATA / "simulations", params.seed)[: params.n_questions]
    transcripts = ask_baselines(base, held_out, questions, params.sampled, params.seed)
    write_transcripts(TRANSCRIPTS, transcripts)
    print(f"{TRANSCRIPTS}: {len(transcripts)} transcripts about {len(held_out)} weight diffs")


if __name__ == "__main__":
    stage.run_stage(main)
