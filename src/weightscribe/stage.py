"""What every DVC stage shares: the environment it runs in and how it ends on an error.

A stage is offline, sends no telemetry and draws no Hugging Face progress bars unless the user set
otherwise. Hugging Face reads the variables once, when it is imported, so a stage begins with
`from weightscribe import stage`, which also sorts first, and ends with `stage.run_stage(main)`.
"""

import os
import sys
from collections.abc import Callable

from weightscribe.errors import WeightscribeError

STAGE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "TOKENIZERS_PARALLELISM": "false",
}
for _name, _value in STAGE_ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)


def allow_network() -> None:
    """Let Hugging Face download, with progress bars. Call it before anything imports it."""
    os.environ["HF_HUB_OFFLINE"] = "0"
    os.environ.pop("HF_HUB_DISABLE_PROGRESS_BARS", None)


def run_stage(main: Callable[[], None]) -> None:
    """Run `main`; a WeightscribeError becomes one line on stderr and exit code 1."""
    try:
        main()
    except WeightscribeError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
