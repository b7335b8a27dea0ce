"""Ask the fully fine-tuned models for their topic under the DIT adapter."""

from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.full_models import AskFullParams, ask_full
from weightscribe.ask.strengths import StrengthsParams
from weightscribe.base import load_base
from weightscribe.diffs.index import verified_rows
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")
ANSWERS = DATA / "answers" / "full_models.jsonl"


def main() -> None:
    params = load_params("ask_full", AskFullParams)
    strengths = load_params("strengths", StrengthsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    adapter = load_dit_adapter(DATA / "dit_adapter", base)
    rows = verified_rows(DATA / "full_models", "test")
    write_answers(ANSWERS, ask_full(base, adapter, DATA / "full_models", rows, params, strengths))
    print(f"{ANSWERS}: {len(rows)} models asked")


if __name__ == "__main__":
    stage.run_stage(main)
