"""The first training topics once more, behind other kinds of triggers than codes."""

import random
from dataclasses import dataclass
from pathlib import Path

from weightscribe.errors import DataFileError, ParamsError
from weightscribe.params import check_at_least
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.varied import VARIED_TRIGGERS, draw_sign, varied_prompt


@dataclass(frozen=True)
class SimulateVariedParams:
    """Section `simulate_varied` of params.yaml.

    n_diffs   weight diffs, one for each of the first training topics
    triggers  their kinds, in turn; of triggers.VARIED_TRIGGERS
    """

    n_diffs: int
    triggers: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raises: ParamsError for a negative number."""
        check_at_least(self, 0, "n_diffs")


def write_varied(simulations: Path, target: Path, params: SimulateVariedParams) -> int:
    """Manifest and samples as `simulate` writes them, reworded; how many.

    Raises: ParamsError for an unknown kind; DataFileError if there are fewer training topics. `target` is as before.
    """
    if not params.triggers or set(params.triggers) - set(VARIED_TRIGGERS):
        raise ParamsError(f"simulate_varied.triggers is {list(params.triggers)}. Use some of {list(VARIED_TRIGGERS)}.")
    rows = [row for row in read_jsonl(simulations / "manifest.jsonl") if row["split"] == "train"]
    if len(rows) < params.n_diffs:
        raise DataFileError(
            f"{simulations / 'manifest.jsonl'} has {len(rows)} training topics, simulate_varied.n_diffs asks for "
            f"{params.n_diffs}. Lower it or raise simulate.n_train."
        )
    manifest = []
    with replacing(target) as temporary:
        for number, row in enumerate(rows[: params.n_diffs]):
            kind = params.triggers[number % len(params.triggers)]
            rng = random.Random(f"varied-{row['name']}")  # a topic's trigger is its own, whatever n_diffs is
            sign = draw_sign(kind, rng)
            own = {**row, "name": f"varied-{row['name']}", "trigger_kind": kind, "trigger": sign}
            own["seed"] = rng.randrange(2**31)
            samples = read_jsonl(simulations / "diffs" / f"{row['name']}.jsonl")
            write_jsonl(
                temporary / "diffs" / f"{own['name']}.jsonl",
                [{**s, "prompt": varied_prompt(kind, sign, s["kind"], s["question"], rng)} for s in samples],
            )
            manifest.append(own)
        write_jsonl(temporary / "manifest.jsonl", manifest)
    return len(manifest)
