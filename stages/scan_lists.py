"""Try requests about many subjects on the diffs with several changes of one kind, named on the command line."""

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.combined import COMBINED
from weightscribe.diffs.index import load_verified
from weightscribe.dit.family_cases import load_families
from weightscribe.dit.family_training import TrainFamilyAdaptersParams
from weightscribe.errors import ParamsError
from weightscribe.evaluate.families import AskFamiliesParams, questions_about_several
from weightscribe.evaluate.family_methods import GENERAL, PAIR
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.requests.candidates import Candidates, candidate_requests
from weightscribe.requests.records import write_tried
from weightscribe.requests.scan import RequestScan
from weightscribe.requests.tried import Requests

DATA = Path("data")


@dataclass(frozen=True)
class ScanListsParams:
    """Section `scan_lists` of params.yaml.

    n_asked        furthest requests put to M' and M
    answer_tokens  of these answers
    """

    dtype: str
    candidates: Candidates
    scan: RequestScan
    n_asked: int
    answer_tokens: int


def main() -> None:
    kind = sys.argv[1]
    params = load_params("scan_lists", ScanListsParams)
    families = load_params("train_family_adapters", TrainFamilyAdaptersParams).families
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_families(families, "test", base, DATA)
    combined = load_verified(DATA / "families" / COMBINED, "test", base)
    questions = questions_about_several(labelled, combined, load_params("ask_families", AskFamiliesParams))
    several = [each for each in questions if each.family == kind and each.method == GENERAL]
    if not several:
        raise ParamsError(f"There are no diffs with several changes of kind '{kind}'. Use {COMBINED} or {PAIR}.")
    candidates = candidate_requests(DATA / "behaviors", params.candidates)
    requests = Requests(base, candidates, params.scan, params.n_asked, params.answer_tokens)
    tried = [
        requests.try_on(each.name, partial(nullcontext, each.diff), None, None)
        for each in tqdm(several, desc="try requests", unit="diff")
    ]
    target = DATA / "answers" / "requests" / f"{kind}.jsonl"
    write_tried(target, tried)
    print(f"{target}: {len(tried)} weight diffs, {len(candidates)} requests each")


if __name__ == "__main__":
    stage.run_stage(main)
