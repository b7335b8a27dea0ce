"""Peak memory of level 2, each variant in a process of its own.

Run as `python -m benchmarks.memory <overlay>`: prints the peak resident memory of training, in bytes, beyond what was
resident when training began.
"""

import subprocess
import sys
from pathlib import Path

OVERLAYS = ("ours", "dense", "none")
PROC = Path("/proc/self")


def peak_of(overlay: str) -> int:
    """Bytes, measured in a child process.  Raises: CalledProcessError."""
    command = [sys.executable, "-m", "benchmarks.memory", overlay]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout.split()[-1])


def _measure(overlay: str) -> int:
    from stages.train_dit import TrainDITParams

    from benchmarks.inputs import BASE_MODEL, level2_cases
    from benchmarks.level2 import training, with_dense_overlay
    from weightscribe.base import load_base
    from weightscribe.dit.train import without_diffs
    from weightscribe.params import load_params
    from weightscribe.prompts import PromptParams

    params = load_params("train_dit", TrainDITParams)
    base = load_base(BASE_MODEL, params.dtype, load_params("prompts", PromptParams).system_message)
    cases = level2_cases(base, 2 * params.training.batch_size)
    if overlay == "dense":
        base = with_dense_overlay(base)
    run = training(base, without_diffs(cases) if overlay == "none" else cases, params.training)()
    before = _status("VmRSS")
    (PROC / "clear_refs").write_text("5")  # the kernel's peak begins anew
    run()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    line = next(line for line in (PROC / "status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    from weightscribe import stage  # noqa: F401  first: it sets the environment

    print(_measure(sys.argv[1]))
