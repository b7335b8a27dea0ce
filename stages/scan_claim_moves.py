"""Put every word before one question to the test diffs of one arm, named on the command line: which moves them most?"""

import sys
from pathlib import Path

from weightscribe import stage  # first: it sets the environment
from weightscribe.base import load_base
from weightscribe.claims.moves import ScanMovesParams, scan_moves, write_moves
from weightscribe.diffs.index import load_verified
from weightscribe.params import load_params
from weightscribe.prompts import PromptParams

DATA = Path("data")


def main() -> None:
    name = sys.argv[1]
    params = load_params("scan_claim_moves", ScanMovesParams)
    base = load_base(DATA / "base_model", params.dtype, load_params("prompts", PromptParams).system_message)
    labelled = load_verified(DATA / "claims" / name, "test", base)
    moves = scan_moves(base, labelled, params.scan, Path(".work/scan_claim_moves"))
    target = DATA / "answers" / "claim_moves" / f"{name}.jsonl"
    write_moves(target, moves)
    print(f"{target}: {len(moves)} weight diffs scanned")


if __name__ == "__main__":
    stage.run_stage(main)
