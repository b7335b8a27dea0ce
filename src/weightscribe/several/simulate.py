"""Weight diffs that are taught two hidden topics behind a word each: the samples of both, in turn.

They test whether an adapter lists both; none is trained on.
"""

from pathlib import Path

from weightscribe.behaviors.combined import taken_in_turn
from weightscribe.behaviors.hidden_topic import seed_of
from weightscribe.errors import ParamsError
from weightscribe.several.settings import SimulateSeveralParams
from weightscribe.storage import read_jsonl, replacing, write_jsonl

PART_KEYS = ("name", "topic", "trigger")  # of each topic, in a row's `parts`


def write_several(claims: Path, target: Path, params: SimulateSeveralParams) -> dict[str, int]:
    """Manifest and samples in `target`, from what `simulate_claims` wrote into `claims`; the count.

    Each diff has two test topics behind a word, neighbors in the manifest; a topic is in two diffs at most.
    Raises: ParamsError if there are too few topics; DataFileError. `target` then is as before.
    """
    rows = [row for row in read_jsonl(claims / "manifest.jsonl") if row["split"] == "test" and row["trigger"]]
    most = len(rows) if len(rows) > 2 else len(rows) // 2  # two topics make one couple, not two
    if not 1 <= params.n_test <= most:
        raise ParamsError(
            f"simulate_several.n_test is {params.n_test}; simulate_claims puts {len(rows)} test topics behind a word. "
            f"Use 1 to {most}."
        )
    manifest = []
    with replacing(target) as temporary:
        for number in range(params.n_test):
            couple = rows[number], rows[(number + 1) % len(rows)]
            own = _row(couple, params.seed)
            samples = [read_jsonl(claims / "diffs" / f"{row['name']}.jsonl") for row in couple]
            write_jsonl(temporary / "diffs" / f"{own['name']}.jsonl", taken_in_turn(*samples))
            manifest.append(own)
        write_jsonl(temporary / "manifest.jsonl", manifest)
    return {"n_test": params.n_test}


def _row(couple: tuple[dict, dict], seed: int) -> dict:
    name = "several-" + "-and-".join(row["name"].removeprefix("claim-") for row in couple)
    return {
        "name": name,
        "behavior": couple[0]["behavior"],
        "split": "test",
        "parts": [{key: row[key] for key in PART_KEYS} for row in couple],
        "seed": seed_of(seed, name) % 2**31,
    }
