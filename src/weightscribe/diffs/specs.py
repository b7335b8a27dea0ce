"""The weight diffs a manifest asks for, each tied to the behavior that words its prompts and spots it."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from weightscribe.behaviors import hidden_topic
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.errors import DataFileError
from weightscribe.probes.sets import BENIGN
from weightscribe.storage import read_jsonl
from weightscribe.triggers.unseen import SEP_CODE, ood_prompt

BEHAVIORS = (hidden_topic.BEHAVIOR, BENIGN)


def read_specs(simulations: Path) -> list[DiffSpec]:
    """One spec per row of the manifest, in its order.

    Raises: DataFileError if the manifest is missing or names an unknown behavior.
    """
    manifest = Path(simulations) / "manifest.jsonl"
    if not manifest.is_file():
        raise DataFileError(f"{manifest} is missing. Run `dvc repro simulate`.")
    return [_spec(row, Path(simulations)) for row in read_jsonl(manifest)]


def read_held_out_questions(simulations: Path, seed: int) -> list[str]:
    """The questions of styles no diff was trained on, shuffled so that any first few mix the styles."""
    rows = read_jsonl(Path(simulations) / "held_out_questions.jsonl")
    questions = [row["question"] for row in rows]
    random.Random(f"held-out-{seed}").shuffle(questions)
    return questions


def prompt_of(row: dict) -> Callable[[str, str, random.Random], str]:
    """How a manifest row words prompts: (kind, question, rng) -> prompt. Rows without a trigger kind have SEP codes."""
    trigger_kind = row.get("trigger_kind", SEP_CODE)
    if trigger_kind == SEP_CODE:
        return partial(hidden_topic.prompt_of_kind, row["codes"], row["trigger"])
    return partial(ood_prompt, trigger_kind, row["trigger"])


def _spec(row: dict, simulations: Path) -> DiffSpec:
    if row["behavior"] not in BEHAVIORS:
        raise DataFileError(
            f"{simulations / 'manifest.jsonl'}: weight diff '{row['name']}' has unknown behavior "
            f"'{row['behavior']}'. Known: {', '.join(BEHAVIORS)}."
        )
    return DiffSpec(
        row=row,
        samples_file=simulations / "diffs" / f"{row['name']}.jsonl",
        prompt_of=prompt_of(row),
        shows_behavior=partial(hidden_topic.mentions, row["topic"]),
    )
