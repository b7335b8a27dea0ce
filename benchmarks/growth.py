"""How cost grows: with the diffs per batch, with the rank, and with the number of diffs on disk."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.inputs import level1_inputs
from benchmarks.level1 import ours
from benchmarks.timing import interleaved
from weightscribe.base import BaseModel
from weightscribe.diffs.finetune import DiffTraining
from weightscribe.diffs.index import INDEX_FILE, load_verified
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.peft_io import save_weight_diff
from weightscribe.storage import write_jsonl

N_STEPS = 5  # one round of the kinds of base-matching samples
DIFFS_PER_BATCH = (1, 4, 16, 64)
RANKS = (1, 16, 64)
DIFFS_ON_DISK = (100, 1000, 5000)


def by_batch_size(base: BaseModel, training: DiffTraining, repeats: int) -> list[dict]:
    """Seconds of one optimizer step of one diff, by the number of diffs trained together."""
    contenders = {n: ours(level1_inputs(base, training, n, N_STEPS)) for n in DIFFS_PER_BATCH}
    seconds = interleaved(contenders, repeats, "diffs per batch")
    return [{"diffs_per_batch": n, "seconds_per_diff_step": min(times) / N_STEPS / n} for n, times in seconds.items()]


def by_rank(base: BaseModel, training: DiffTraining, repeats: int) -> list[dict]:
    """Seconds of one optimizer step of 16 diffs, by their rank."""
    contenders = {
        rank: ours(level1_inputs(base, replace(training, rank=rank, alpha=2.0 * rank), 16, N_STEPS)) for rank in RANKS
    }
    seconds = interleaved(contenders, repeats, "rank")
    return [{"rank": rank, "seconds_per_step": min(times) / N_STEPS} for rank, times in seconds.items()]


def on_disk(base: BaseModel) -> list[dict]:
    """Seconds to load n diffs, from a warm page cache, and to hash and store them with DVC, and their bytes on disk."""
    rows = []
    for n in DIFFS_ON_DISK:
        with tempfile.TemporaryDirectory(dir=".work") as folder:
            rows.append(_of_folder(base, Path(folder), n))
    return rows


def _of_folder(base: BaseModel, folder: Path, n: int) -> dict:
    diffs = folder / "weight_diffs"
    bank = FactorBank(base.overlay.linears, 1, 2.0, [0])
    for index in range(n):
        bank.flat.data[0, 0] = index  # weights of its own: DVC stores equal files once
        name = f"diff-{index}"
        save_weight_diff(diffs / name, bank.weight_diff(0, name), base.identity)
    write_jsonl(diffs / INDEX_FILE, [{"name": f"diff-{i}", "split": "train", "verified": True} for i in range(n)])
    started = time.perf_counter()
    loaded = load_verified(diffs, "train", base)
    load_seconds = time.perf_counter() - started
    n_bytes = sum(path.stat().st_size for path in diffs.rglob("*") if path.is_file())
    del loaded
    dvc = [sys.executable, "-m", "dvc"]
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    subprocess.run([*dvc, "init", "--no-scm", "-q"], cwd=folder, check=True, env=environment)
    started = time.perf_counter()
    subprocess.run([*dvc, "add", "-q", "weight_diffs"], cwd=folder, check=True, env=environment)
    return {
        "n_weight_diffs": n,
        "load_seconds": load_seconds,
        "dvc_add_seconds": time.perf_counter() - started,
        "bytes": n_bytes,
    }
