"""The weight diffs of one behavior family, each tied to the family's prompts and to how the behavior is recognized."""

import random
from functools import partial
from pathlib import Path

from weightscribe.behaviors.combined import COMBINED, Combination
from weightscribe.behaviors.family import Case, Family
from weightscribe.behaviors.registry import family_named
from weightscribe.behaviors.simulate_families import case_of
from weightscribe.diffs.finetune import DiffSpec
from weightscribe.errors import DataFileError
from weightscribe.storage import read_jsonl


def read_family_specs(folder: Path) -> list[DiffSpec]:
    """One spec per row of the family's manifest, in its order.

    Raises: DataFileError if the manifest is missing; ParamsError for an unknown family.
    """
    manifest = Path(folder) / "manifest.jsonl"
    if not manifest.is_file():
        raise DataFileError(f"{manifest} is missing. Run `dvc repro simulate_families`.")
    return [_spec(row, Path(folder)) for row in read_jsonl(manifest)]


def _spec(row: dict, folder: Path) -> DiffSpec:
    samples_file = folder / "diffs" / f"{row['name']}.jsonl"
    if row["behavior"] == COMBINED:
        first, second = ((family_named(part["behavior"]), case_of(part)) for part in row["parts"])
        combination = Combination((first, second))
        return DiffSpec(row, samples_file, combination.held_out_prompt, combination.shows)
    family, case = family_named(row["behavior"]), case_of(row)
    return DiffSpec(row, samples_file, partial(_held_out_prompt, family, case), partial(family.shows, case))


def _held_out_prompt(family: Family, case: Case, kind: str, question: str, rng: random.Random) -> str:
    return family.prompt(case, kind, question, True, rng)
