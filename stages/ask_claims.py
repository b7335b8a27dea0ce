"""Ask the adapter of one arm, named on the command line, for the trigger and the topic of its test diffs."""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.ask import AskClaimsParams, ask_claims
from weightscribe.claims.records import is_right, write_records
from weightscribe.diffs.index import load_verified
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("ask_claims", AskClaimsParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    adapter = load_dit_adapter(DATA / "claim_adapters" / name, base)
    said = ask_claims(base, adapter, load_verified(DATA / "claims" / name, "test", base), params)
    target = DATA / "answers" / "claims" / f"{name}.jsonl"
    write_records(target, said)
    print(f"{target}: {sum(map(is_right, said))} of {sum(bool(s.trigger) for s in said)} triggers stated right")


if __name__ == "__main__":
    stage.run_stage(main)
