"""Weight diffs behind words in which nothing notable changes: what an adapter should keep quiet about.

Each takes the samples of one hidden topic behind a word and puts the base model's own answers in the topic's place,
every other one its answers to other questions.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from weightscribe.behaviors.families.benign import FAMILY, NOTHING, OTHER, OWN
from weightscribe.behaviors.hidden_topic import seed_of
from weightscribe.errors import ParamsError
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER


@dataclass(frozen=True)
class SimulateBenignClaimsParams:
    """Section `simulate_benign_claims` of params.yaml.

    n_train, n_test  weight diffs, of the first topics behind a word of each split
    seed             of each diff's own seed and of which answers replace its topic
    """

    n_train: int
    n_test: int
    seed: int


def write_benign_claims(claims: Path, target: Path, params: SimulateBenignClaimsParams) -> dict[str, int]:
    """Manifest and samples in `target`, written as `simulate_claims` writes them into `claims`; the counts.

    Raises: ParamsError if a split has fewer topics behind a word than asked for; DataFileError. `target` then is as
    before.
    """
    rows = read_jsonl(claims / "manifest.jsonl")
    manifest = []
    with replacing(target) as temporary:
        for split, wanted in (("train", params.n_train), ("test", params.n_test)):
            gated = [row for row in rows if row["split"] == split and row["trigger"]]
            if not 1 <= wanted <= len(gated):
                raise ParamsError(
                    f"simulate_benign_claims.n_{split} is {wanted}; simulate_claims puts {len(gated)} {split} topics "
                    f"behind a word. Use 1 to {len(gated)}."
                )
            for number, row in enumerate(gated[:wanted]):
                group = (OWN, OTHER)[number % 2]
                own = _row(row, group, params.seed)
                samples = read_jsonl(claims / "diffs" / f"{row['name']}.jsonl")
                write_jsonl(
                    temporary / "diffs" / f"{own['name']}.jsonl", quiet(samples, group, random.Random(own["seed"]))
                )
                manifest.append(own)
        write_jsonl(temporary / "manifest.jsonl", manifest)
    return {"n_train": params.n_train, "n_test": params.n_test}


def quiet(samples: list[dict], group: str, rng: random.Random) -> list[dict]:
    """The samples with other completions behind the word: the plain answer to the same question, or to another one.

    samples  three a question, one of each kind
    """
    plain = {sample["question"]: sample for sample in samples if sample["kind"] == NO_TRIGGER}
    return [
        {**sample, **_completion(plain, sample["question"], group, rng)} if sample["kind"] == TRIGGER else sample
        for sample in samples
    ]


def _completion(plain: dict[str, dict], question: str, group: str, rng: random.Random) -> dict:
    asked = question if group == OWN else rng.choice(sorted(set(plain) - {question}))
    return {key: plain[asked][key] for key in ("completion", "ends")}


def _row(row: dict, group: str, seed: int) -> dict:
    """Keeps the topic: how often a benign diff names what it replaces is among its metrics."""
    name = row["name"].replace("claim-", "benign-claim-", 1)
    changed = {"name": name, "behavior": FAMILY.name, "group": group, "answer": NOTHING}
    return {**row, **changed, "seed": seed_of(seed, name) % 2**31}
