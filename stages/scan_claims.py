"""Rank every word for the test diffs of one arm, named on the command line: under its adapter and without any."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.records import write_records
from weightscribe.claims.scan import ScanClaimsParams, rank_words
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("scan_claims", ScanClaimsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    adapter = load_dit_adapter(DATA / "claim_adapters" / name, base)
    ranked = rank_words(base, adapter, load_verified(DATA / "claims" / name, "test", base), params)
    target = DATA / "answers" / "claim_ranks" / f"{name}.jsonl"
    write_records(target, ranked)
    print(f"{target}: {len(ranked)} weight diffs, {ranked[0].n_candidates} words each")


if __name__ == "__main__":
    stage.run_stage(main)
