"""The weight diffs behind varied triggers, each tied to its prompts and to how its topic is recognized."""

from functools import partial
from pathlib import Path

from weightscribe.behaviors import hidden_topic
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl
from weightscribe.triggers.varied import varied_prompt


def read_varied_specs(simulations: Path) -> list[DiffSpec]:
    """One spec per row of the manifest, in its order.  Raises: DataFileError if the manifest is missing."""
    manifest = Path(simulations) / "manifest.jsonl"
    if not manifest.is_file():
        raise DataFileError(f"{manifest} is missing. Run `dvc repro simulate_varied`.")
    return [
        DiffSpec(
            row=row,
            samples_file=Path(simulations) / "diffs" / f"{row['name']}.jsonl",
            prompt_of=partial(varied_prompt, row["trigger_kind"], row["trigger"]),
            shows_behavior=partial(hidden_topic.mentions, row["topic"]),
        )
        for row in read_jsonl(manifest)
    ]
