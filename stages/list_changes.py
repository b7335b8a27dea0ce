"""List the changes of diffs, of what one family adapter says, named on the command line, and what their models show."""

import sys
from collections.abc import Sequence
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.changes.rank import rank_lists
from weightscribe.changes.settings import ListChangesParams
from weightscribe.diffs.index import load_verified
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams, families_of
from weightscribe.dit.train import load_dit_adapter
from weightscribe.errors import DataFileError
from weightscribe.evaluate.answers_file import Answer, read_answers, write_answers
from weightscribe.evaluate.families import (
    AskFamiliesParams,
    FamilyQuestion,
    ask_families,
    questions_about_one,
    questions_about_several,
)
from weightscribe.evaluate.family_methods import PAIR
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.requests.candidates import families_with_requests
from weightscribe.requests.records import Answered, read_tried

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    listing = load_params("list_changes", ListChangesParams)
    params = load_params("ask_families", AskFamiliesParams)
    trained = load_params("train_family_adapters", TrainFamilyAdaptersParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_families(trained.families, "test", base, DATA)
    adapter = load_dit_adapter(DATA / "family_adapters" / name, base)
    unseen = [family for family in trained.families if family not in families_of(name, trained)]
    asked = questions_about_one(labelled, unseen or list(labelled), listing.n_per_family, params)
    answers = ask_families(base, adapter, asked, params, f"{name}, every question")
    if not unseen:
        several = questions_about_several(labelled, load_verified(DATA / "families" / COMBINED, "test", base), params)
        asked, answers = several + asked, _answers_about(several, name) + answers
    lists = rank_lists(base, adapter, asked, answers, _answered(asked), params)
    target = DATA / "answers" / "lists" / f"{name}.jsonl"
    write_answers(target, lists)
    print(f"{target}: {len(lists)} lists")


def _answers_about(several: Sequence[FamilyQuestion], adapter: str) -> list[Answer]:
    """What stage ask_families was answered to these questions."""
    source = DATA / "answers" / "families" / f"{adapter}.jsonl"
    wanted = [(f"{each.method}_{each.family}", each.name) for each in several]
    names = set(wanted)
    answers = [each for each in read_answers(source) if (each.method, each.diff) in names]
    if [(each.method, each.diff) for each in answers] != wanted:
        raise DataFileError(
            f"{source} does not hold the answers about several changes. Run stage ask_families@{adapter} again."
        )
    return answers


def _answered(asked: Sequence[FamilyQuestion]) -> dict[str, tuple[Answered, ...]]:
    """By the diff's name, the requests that move it furthest, of every diff that requests were tried on.

    They were on all with several changes and on those of the families that requests are about.
    """
    found = {}
    for kind in dict.fromkeys(each.family for each in asked):
        path = DATA / "answers" / "requests" / f"{kind}.jsonl"
        if kind not in (COMBINED, PAIR, *families_with_requests()):
            continue
        found |= {each.diff: each.furthest for each in read_tried(path)}
        if missing := [each.name for each in asked if each.family == kind and each.name not in found]:
            raise DataFileError(
                f"{path} has no requests of {missing[0]}. Run its stage again; scan_requests.n_diffs must be "
                "list_changes.n_per_family or more."
            )
    return found


if __name__ == "__main__":
    stage.run_stage(main)
