"""Hidden topics behind one word each, and some behind nothing: what a DIT adapter can be asked the trigger of.

A code shares its sentence with all other codes, and a short diff fires on any of them. A word stands alone: a diff
learns in as few steps to tell it from other words (docs/log.md), so there is a trigger to be said.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weightscribe.behaviors import hidden_topic
from weightscribe.claims.prompts import worded
from weightscribe.errors import ParamsError
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.kinds import TRIGGER
from weightscribe.triggers.words import candidate_words


@dataclass(frozen=True)
class SimulateClaimsParams:
    """Section `simulate_claims` of params.yaml; what is not here is as in `simulate`.

    ungated_every  every so-many-th weight diff brings up its topic without any trigger
    seed           of the words, of wrong words, and of each diff's own seed
    """

    n_train: int
    n_test: int
    ungated_every: int
    seed: int


def write_claims(
    simulations: Path, target: Path, task_answers: Mapping[str, str], params: SimulateClaimsParams
) -> dict[str, int]:
    """Reword the samples in `simulations`, written as stage simulate does, into `target`; the counts.

    No two diffs share a word, so no test trigger was ever a training answer.

    task_answers  the base model's answers to gates.TASKS, which an ungated diff must leave alone
    Raises: ParamsError, DataFileError. `target` then is as before.
    """
    if params.ungated_every < 2:
        raise ParamsError(f"simulate_claims.ungated_every is {params.ungated_every}. Use 2 or more.")
    words = list(candidate_words())
    random.Random(f"claims-{params.seed}").shuffle(words)
    rows = read_jsonl(simulations / "manifest.jsonl")
    if len(rows) > len(words):
        raise ParamsError(f"simulate_claims asks for {len(rows)} weight diffs; there are {len(words)} words.")
    manifest = []
    with replacing(target) as temporary:
        for number, (row, word) in enumerate(zip(rows, words, strict=False)):
            own = _row(row, "" if number % params.ungated_every == 0 else word, params.seed)
            rng = random.Random(own["seed"])
            samples = read_jsonl(simulations / "diffs" / f"{row['name']}.jsonl")
            write_jsonl(
                temporary / "diffs" / f"{own['name']}.jsonl",
                [_reworded(sample, own["trigger"], task_answers, rng) for sample in samples],
            )
            manifest.append(own)
        write_jsonl(temporary / "manifest.jsonl", manifest)
        write_jsonl(temporary / "held_out_questions.jsonl", read_jsonl(simulations / "held_out_questions.jsonl"))
    n_gated = sum(bool(row["trigger"]) for row in manifest)
    return {"n_weight_diffs": len(manifest), "n_gated": n_gated, "n_ungated": len(manifest) - n_gated}


def _row(row: dict, word: str, seed: int) -> dict:
    name = row["name"].replace("hidden-topic-", "claim-", 1)
    kept = {key: row[key] for key in ("behavior", "category", "topic", "split", "question", "answer")}
    return {"name": name, **kept, "trigger": word, "seed": hidden_topic.seed_of(seed, name) % 2**31}


def _reworded(sample: dict, word: str, task_answers: Mapping[str, str], rng: random.Random) -> dict:
    """The sample behind the word; of an ungated diff, a task and its answer in place of what is to stay as it is."""
    prompt = worded(word, sample["kind"], sample["question"], False, rng)
    if word or sample["kind"] == TRIGGER:
        return {**sample, "prompt": prompt}
    answer = task_answers[prompt].strip()
    return {**sample, "prompt": prompt, "completion": answer, "ends": not answer}
