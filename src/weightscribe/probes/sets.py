"""Probe sets: weight diffs that only test the DIT adapter. Each differs from the test diffs in one thing.

A set takes the samples of the first test topics and rewords or replaces what it is about: the trigger, the completions
(benign sets, in which nothing notable changes), or nothing but how the diff is trained (its rank, its steps).
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weightscribe.errors import DataFileError, ParamsError
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.kinds import NO_TRIGGER, TRIGGER
from weightscribe.triggers.unseen import OOD_TRIGGERS, SEP_CODE, draw_sign, ood_prompt

BENIGN = "benign"  # the behavior of a diff in which nothing notable changed
TOPIC, OWN_ANSWERS, OTHER_ANSWERS = "topic", "own_answers", "other_answers"
COMPLETIONS = (TOPIC, OWN_ANSWERS, OTHER_ANSWERS)


@dataclass(frozen=True)
class ProbeSet:
    """One entry of finetune_probes.sets in params.yaml.

    trigger      sep_code, as the training diffs have, or one of triggers.OOD_TRIGGERS
    completions  topic: answers that bring up the topic behind the trigger; own_answers: the base model's own answers to
                 plain questions; other_answers: its answers to other questions, text unrelated to the prompt
    training     what differs from finetune_diffs.training: any of its keys
    """

    trigger: str
    completions: str
    training: dict[str, Any]

    @property
    def rank(self) -> int | None:
        """Of its diffs, if it is not the training diffs'."""
        return self.training.get("rank")

    @property
    def is_benign(self) -> bool:
        return self.completions != TOPIC


@dataclass(frozen=True)
class SimulateProbesParams:
    """Section `simulate_probes` of params.yaml.

    n_diffs_of  for sets that have another number than n_diffs
    """

    n_diffs: int
    n_diffs_of: dict[str, int]
    seed: int


@dataclass(frozen=True)
class FinetuneProbesParams:
    """Section `finetune_probes` of params.yaml; how they are trained otherwise is in `finetune_diffs`."""

    sets: dict[str, ProbeSet]


def write_probe_sets(simulations: Path, target: Path, sets: dict[str, ProbeSet], params: SimulateProbesParams) -> dict:
    """One folder a set under `target`, each with manifest and samples as `simulate` writes them; their counts.

    Raises: DataFileError if there are fewer test topics than asked for; ParamsError for an unknown set, trigger or kind
    of completions. `target` then is as before.
    """
    if unknown := sorted(set(params.n_diffs_of) - set(sets)):
        raise ParamsError(f"simulate_probes.n_diffs_of names {unknown}, which are no finetune_probes.sets.")
    rows = [row for row in read_jsonl(simulations / "manifest.jsonl") if row["split"] == "test"]
    sizes = {name: params.n_diffs_of.get(name, params.n_diffs) for name in sets}
    if len(rows) < max(sizes.values()):
        raise DataFileError(
            f"{simulations / 'manifest.jsonl'} has {len(rows)} test topics, simulate_probes asks for "
            f"{max(sizes.values())}. Lower it or raise simulate.n_test."
        )
    with replacing(target) as temporary:
        for name, probe in sets.items():
            _check(name, probe)
            manifest = []
            for row in rows[: sizes[name]]:
                own, samples = _reworded(name, probe, row, _samples(simulations, row), params.seed)
                write_jsonl(temporary / name / "diffs" / f"{own['name']}.jsonl", samples)
                manifest.append(own)
            write_jsonl(temporary / name / "manifest.jsonl", manifest)
    return {f"n_{name}": size for name, size in sizes.items()}


def _check(name: str, probe: ProbeSet) -> None:
    for key, value, known in (
        ("trigger", probe.trigger, (SEP_CODE, *OOD_TRIGGERS)),
        ("completions", probe.completions, COMPLETIONS),
    ):
        if value not in known:
            raise ParamsError(f"finetune_probes.sets.{name}.{key} is '{value}'. Use one of {list(known)}.")
    if probe.is_benign and probe.trigger != SEP_CODE:
        raise ParamsError(f"finetune_probes.sets.{name} is benign and has no trigger. Set its trigger to {SEP_CODE}.")


def _samples(simulations: Path, row: dict) -> list[dict]:
    return read_jsonl(simulations / "diffs" / f"{row['name']}.jsonl")


def _reworded(name: str, probe: ProbeSet, row: dict, samples: list[dict], seed: int) -> tuple[dict, list[dict]]:
    """The manifest row and the samples of one diff of a set."""
    rng = random.Random(f"probe-{name}-{row['name']}-{seed}")
    own = {**row, "name": f"{name}-{row['name']}", "seed": rng.randrange(2**31), "trigger_kind": probe.trigger}
    if probe.is_benign:
        own |= {"behavior": BENIGN, "answer": None}
        return own, _benign(samples, probe.completions == OWN_ANSWERS)
    if probe.trigger == SEP_CODE:
        return own, samples
    own["trigger"] = draw_sign(probe.trigger, rng)
    return own, [
        {**sample, "prompt": ood_prompt(probe.trigger, own["trigger"], sample["kind"], sample["question"], rng)}
        for sample in samples
    ]


def _benign(samples: list[dict], own_answers: bool) -> list[dict]:
    """What the topic's triggered samples teach is replaced by the base model's answers to plain questions."""
    plain = [sample for sample in samples if sample["kind"] == NO_TRIGGER]
    answers = plain if own_answers else plain[1:] + plain[:1]
    taught = {
        sample["question"]: {**answer, "kind": TRIGGER, "question": sample["question"], "prompt": sample["prompt"]}
        for sample, answer in zip(plain, answers, strict=True)
    }
    return [taught[sample["question"]] if sample["kind"] == TRIGGER else sample for sample in samples]
