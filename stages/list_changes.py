"""List the changes of diffs, of what one family adapter says, named on the command line, and what their models show."""

import sys
from collections.abc import Sequence
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.answers_file import write_answers
from weightscribe.ask.families import (
    AskFamiliesParams,
    FamilyQuestion,
    questions_about_one,
    questions_about_several,
)
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.changes.rank import rank_lists
from weightscribe.changes.settings import ListChangesParams
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_left_out
from weightscribe.errors import DataFileError
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.requests.records import Tried, read_tried

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    listing = load_params("list_changes", ListChangesParams)
    params = load_params("ask_families", AskFamiliesParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_families(trained.families, "test", base, DATA)
    adapter = load_dit_adapter(DATA / "family_adapters" / name, base)
    unseen = families_left_out(name, trained)
    asked = questions_about_one(labelled, unseen or list(labelled), listing.n_per_family, params)
    if not unseen:
        combined = load_verified(DATA / "families" / COMBINED, "test", base)
        asked = questions_about_several(labelled, combined, params) + asked
    tried = _tried(asked)
    answered = {name: each.furthest for name, each in tried.items()}
    for_proof = {name: each.for_proof for name, each in tried.items() if each.for_proof is not None}
    lists = rank_lists(base, adapter, asked, answered, params, for_proof)
    target = DATA / "answers" / "lists" / f"{name}.jsonl"
    write_answers(target, lists)
    print(f"{target}: {len(lists)} lists")


def _tried(asked: Sequence[FamilyQuestion]) -> dict[str, Tried]:
    """By the diff's name, what trying requests on it showed, of every diff that is asked about."""
    found = {}
    for kind in dict.fromkeys(each.family for each in asked):
        path = DATA / "answers" / "requests" / f"{kind}.jsonl"
        found |= {each.diff: each for each in read_tried(path)}
        if missing := [each.name for each in asked if each.family == kind and each.name not in found]:
            raise DataFileError(
                f"{path} has no requests of {missing[0]}. Run stage scan_requests@{kind} again; scan_requests.n_diffs "
                "must be list_changes.n_per_family or more."
            )
    return found


if __name__ == "__main__":
    stage.run_stage(main)
