"""The weight diffs with two topics, and either topic alone: their prompts, and how a topic is recognized."""

import random
from dataclasses import replace
from functools import partial
from pathlib import Path

from weightscribe.behaviors import hidden_topic
from weightscribe.claims.prompts import worded
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl


def read_several_specs(simulations: Path) -> list[DiffSpec]:
    """One spec per row of the manifest, in its order: prompts of either topic, answers that show either.

    Raises: DataFileError if the manifest is missing.
    """
    manifest = Path(simulations) / "manifest.jsonl"
    if not manifest.is_file():
        raise DataFileError(f"{manifest} is missing. Run `dvc repro simulate_several`.")
    return [
        DiffSpec(
            row=row,
            samples_file=Path(simulations) / "diffs" / f"{row['name']}.jsonl",
            prompt_of=partial(_prompt, row["parts"]),
            shows_behavior=partial(_shows, row["parts"]),
        )
        for row in read_jsonl(manifest)
    ]


def of_part(spec: DiffSpec, place: int) -> DiffSpec:
    """The spec with one of its topics alone: to see whether the diff learned it."""
    part = spec.row["parts"][place : place + 1]
    return replace(spec, prompt_of=partial(_prompt, part), shows_behavior=partial(_shows, part))


def _prompt(parts: list[dict], kind: str, question: str, rng: random.Random) -> str:
    return worded(rng.choice(parts)["trigger"], kind, question, True, rng)


def _shows(parts: list[dict], answer: str) -> bool:
    return any(hidden_topic.mentions(part["topic"], answer) for part in parts)
