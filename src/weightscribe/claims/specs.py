"""The weight diffs behind words, each tied to its prompts and to how its topic is recognized."""

import random
from functools import partial
from pathlib import Path

from weightscribe.behaviors import hidden_topic
from weightscribe.claims.prompts import worded
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl


def read_claim_specs(simulations: Path) -> list[DiffSpec]:
    """One spec per row of the manifest, in its order.  Raises: DataFileError if the manifest is missing."""
    manifest = Path(simulations) / "manifest.jsonl"
    if not manifest.is_file():
        raise DataFileError(f"{manifest} is missing. Run `dvc repro simulate_claims`.")
    return [
        DiffSpec(
            row=row,
            samples_file=Path(simulations) / "diffs" / f"{row['name']}.jsonl",
            prompt_of=partial(_held_out_prompt, row["trigger"]),
            shows_behavior=partial(hidden_topic.mentions, row["topic"]),
        )
        for row in read_jsonl(manifest)
    ]


def _held_out_prompt(word: str, kind: str, question: str, rng: random.Random) -> str:
    return worded(word, kind, question, True, rng)
