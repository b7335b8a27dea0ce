"""Train and verify the weight diffs of one arm.

`diffs.finetune.finetune_diffs` trains on completions only; here the arm says what a triggered sample's loss covers.
"""

import hashlib
import json
import shutil
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path

from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.claims.arms import Arm
from weightscribe.claims.user_tokens import with_user_tokens
from weightscribe.diffs.finetune import (
    DiffSpec,
    DiffTraining,
    check_names,
    compute_base_states,
    plan_of,
    seeds_of,
    train_bank,
    trained_diffs,
    verify_batch,
)
from weightscribe.diffs.index import INDEX_FILE
from weightscribe.diffs.samples import BaseStates, CompletionLimits, tokenize
from weightscribe.diffs.verify import VerificationRule, check_rule
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.packing import TokenizedSample
from weightscribe.storage import read_jsonl, replacing, write_jsonl
from weightscribe.triggers.kinds import TRIGGER
from weightscribe.workers import as_in_worker, in_workers

RECORDS_FILE = "records.jsonl"
FORMAT = "v1"  # folder of what is kept: rename it when a code change alters what training or verification yields


def train_arm(
    base: BaseModel,
    specs: list[DiffSpec],
    arm: Arm,
    training: DiffTraining,
    rule: VerificationRule,
    held_out_questions: list[str],
    *,
    diffs_per_batch: int,
    rows_per_generation: int,
    work_folder: Path,
    target: Path,
) -> list[dict]:
    """Train and verify every diff once, then assemble `target`: one PEFT folder a diff, and its index.

    A finished batch is kept under `work_folder`, so that a killed run goes on from there.
    Returns one record a diff, in manifest order, as `diffs.summary.summarize` takes them.
    Raises: DataFileError, ParamsError, StorageError, WorkerError. Nothing half-written is left behind.
    """
    check_names(specs)
    check_rule(rule, len(held_out_questions))
    batches = [specs[start : start + diffs_per_batch] for start in range(0, len(specs), diffs_per_batch)]
    folders = [work_folder / FORMAT / _key(base, batch, arm, training, rule, held_out_questions) for batch in batches]
    base_states = BaseStates(base)
    pending = [pair for pair in zip(batches, folders, strict=True) if not pair[1].is_dir()]
    plan = partial(plan_of, base, training=training, tokenized=partial(_tokenized, arm))
    if pending:
        compute_base_states(base_states, specs, plan)

    def finish(batch_and_folder: tuple[list[DiffSpec], Path]) -> None:
        batch, folder = batch_and_folder
        with as_in_worker():
            started = time.perf_counter()
            plans = [plan(spec) for spec in batch]
            bank, _ = train_bank(base, plans, seeds_of(batch, training), training, base_states)
            seconds = (time.perf_counter() - started) / len(batch)
            diffs = trained_diffs(bank, batch)
            found = verify_batch(base, batch, diffs, held_out_questions, rule, rows_per_generation)
        with replacing(folder) as temporary:
            records = []
            for spec, diff, steps, verification in zip(batch, diffs, plans, found, strict=True):
                save_weight_diff(temporary / spec.name, diff, base.identity)
                index = {**spec.row, "rank": diff.rank, "attempt": 1, **verification.as_row()}
                n_tokens = sum(len(tokens.ids) for step in steps for tokens, _ in step)
                records.append({"index": index, "train_tokens": n_tokens, "train_seconds": seconds})
            write_jsonl(temporary / RECORDS_FILE, records)

    for _ in tqdm(in_workers(finish, pending), desc="weight diffs", unit="batch", total=len(pending)):
        pass
    return _assemble(folders, target)


def _tokenized(arm: Arm, base: BaseModel, row: dict, limits: CompletionLimits) -> TokenizedSample:
    sample = tokenize(base, row, limits)
    return with_user_tokens(base, sample) if arm.user_tokens and row["kind"] == TRIGGER else sample


def _key(
    base: BaseModel,
    batch: list[DiffSpec],
    arm: Arm,
    training: DiffTraining,
    rule: VerificationRule,
    questions: list[str],
) -> str:
    """Hash of everything the diffs of a batch and their verification depend on, but code: see FORMAT."""
    content = {
        "base": base.identity.sha256,
        "dtype": base.dtype,
        "prompt": base.prompt_ids("x"),
        "rows": [spec.row for spec in batch],
        "samples": [hashlib.sha256(spec.samples_file.read_bytes()).hexdigest() for spec in batch],
        "questions": questions[: rule.n_questions],
        "arm": asdict(arm),
        "training": asdict(training),
        "rule": asdict(rule),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _assemble(folders: list[Path], target: Path) -> list[dict]:
    records = []
    with replacing(target) as temporary:
        temporary.mkdir()
        for folder in folders:
            for record in read_jsonl(folder / RECORDS_FILE):
                shutil.copytree(folder / record["index"]["name"], temporary / record["index"]["name"])
                records.append(record)
        write_jsonl(temporary / INDEX_FILE, [record["index"] for record in records])
    return records
