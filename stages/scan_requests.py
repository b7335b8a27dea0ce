"""Try requests about many subjects on the test diffs of one behavior family, named on the command line."""

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.behaviors.simulate_families import case_of
from weightscribe.diffs.index import load_verified
from weightscribe.errors import DataFileError
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams
from weightscribe.requests.candidates import (
    Candidates,
    candidate_requests,
    families_with_requests,
    place_of,
    place_of_another,
)
from weightscribe.requests.records import write_tried
from weightscribe.requests.scan import RequestScan
from weightscribe.requests.tried import Requests

DATA = Path("data")


@dataclass(frozen=True)
class ScanRequestsParams:
    """Section `scan_requests` of params.yaml.

    families       whose test diffs are tried, `n_diffs` at most of each
    n_asked        furthest requests put to M' and M
    answer_tokens  of these answers
    """

    dtype: str
    families: tuple[str, ...]
    n_diffs: int
    candidates: Candidates
    scan: RequestScan
    n_asked: int
    answer_tokens: int


def main() -> None:
    family = sys.argv[1]
    params = load_params("scan_requests", ScanRequestsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    candidates = candidate_requests(DATA / "behaviors", params.candidates)
    labelled = load_verified(DATA / "families" / family, "test", base)[: params.n_diffs]
    true = [place_of(case_of(each.row), family, candidates) for each in labelled]
    if None in true and family in families_with_requests():
        raise DataFileError(
            f"No request is about what {labelled[true.index(None)].row['name']} was taught. Raise "
            "scan_requests.candidates.n_subjects, or take simulate_families.seed as its seed."
        )
    requests = Requests(base, candidates, params.scan, params.n_asked, params.answer_tokens)
    tried = [
        requests.try_on(
            each.row["name"], partial(nullcontext, each.weight_diff), true[number], place_of_another(number, true)
        )
        for number, each in enumerate(tqdm(labelled, desc="try requests", unit="diff"))
    ]
    target = DATA / "answers" / "requests" / f"{family}.jsonl"
    write_tried(target, tried)
    print(f"{target}: {len(tried)} weight diffs, {len(candidates)} requests each")


if __name__ == "__main__":
    stage.run_stage(main)
