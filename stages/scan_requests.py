"""Try requests about many subjects on test diffs of one kind, a behavior family's or with two changes, named on the
command line."""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from weightscribe import stage  # first: it sets the environment
from weightscribe.ask.families import AskFamiliesParams, questions_about_several
from weightscribe.ask.family_methods import GENERAL, PAIR
from weightscribe.base import BaseModel, load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.behaviors.simulate_families import case_of
from weightscribe.diffs.index import load_verified
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams
from weightscribe.errors import DataFileError
from weightscribe.lora.factors import WeightDiff
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.requests.behind_words import ProofSettings
from weightscribe.requests.candidates import (
    Candidates,
    Request,
    candidate_requests,
    families_with_requests,
    place_of,
    place_of_another,
)
from weightscribe.requests.records import Tried, write_tried
from weightscribe.requests.scan import RequestScan
from weightscribe.requests.tried import Requests
from weightscribe.workers import in_workers

DATA = Path("data")


@dataclass(frozen=True)
class ScanRequestsParams:
    """Section `scan_requests` of params.yaml.

    kinds          families of which `n_diffs` test diffs at most are tried, and pair and combined, all of whose are
    n_asked        furthest requests put to M' and M
    answer_tokens  of these answers
    for_proof      what M' is asked beyond that, so that it may prove a change
    """

    dtype: str
    kinds: tuple[str, ...]
    n_diffs: int
    candidates: Candidates
    scan: RequestScan
    n_asked: int
    answer_tokens: int
    for_proof: ProofSettings


@dataclass(frozen=True)
class ToTry:
    """A weight diff; `true` is the place of the request about what it was taught, if there is one."""

    name: str
    diff: WeightDiff
    true: int | None


def main() -> None:
    kind = sys.argv[1]
    params = load_params("scan_requests", ScanRequestsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    candidates = candidate_requests(DATA / "behaviors", params.candidates)
    if kind in (COMBINED, PAIR):
        diffs = _with_two_changes(kind, base)
    else:
        diffs = _of_family(kind, base, params.n_diffs, candidates)
    true = [each.true for each in diffs]
    requests = Requests(base, candidates, params.scan, params.n_asked, params.answer_tokens, params.for_proof)

    def tried_on(number: int) -> Tried:
        each = diffs[number]
        return requests.try_on(each.name, partial(nullcontext, each.diff), each.true, place_of_another(number, true))

    tried = list(tqdm(in_workers(tried_on, range(len(diffs))), "try requests", len(diffs), unit="diff"))
    target = DATA / "answers" / "requests" / f"{kind}.jsonl"
    write_tried(target, tried)
    print(f"{target}: {len(tried)} weight diffs, {len(candidates)} requests each")


def _of_family(family: str, base: BaseModel, n_diffs: int, candidates: Sequence[Request]) -> list[ToTry]:
    labelled = load_families([family], "test", base, DATA)[family][:n_diffs]
    if family not in families_with_requests():
        return [ToTry(each.row["name"], each.weight_diff, None) for each in labelled]
    places = [place_of(case_of(each.row), family, candidates) for each in labelled]
    if None in places:
        raise DataFileError(
            f"No request is about what {labelled[places.index(None)].row['name']} was taught. Raise "
            "scan_requests.candidates.n_subjects, or take simulate_families.seed as its seed."
        )
    return [ToTry(each.row["name"], each.weight_diff, place) for each, place in zip(labelled, places, strict=True)]


def _with_two_changes(kind: str, base: BaseModel) -> list[ToTry]:
    families = load_params("train_family_adapters", TrainFamilyAdaptersParams).families
    labelled = load_families(families, "test", base, DATA)
    combined = load_verified(DATA / "families" / COMBINED, "test", base)
    questions = questions_about_several(labelled, combined, load_params("ask_families", AskFamiliesParams))
    return [ToTry(each.name, each.diff, None) for each in questions if each.family == kind and each.method == GENERAL]


if __name__ == "__main__":
    stage.run_stage(main)
