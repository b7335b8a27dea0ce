"""What a run records: metrics/<stage>.json, and its mirror in MLflow.

The JSON file is the record: DVC versions it, and the same values give the same bytes. MLflow adds
what one file cannot show: curves, tables, runs side by side. So when MLflow fails, that is one
line on stderr and the run goes on without the mirror. Runs go through MlflowClient, not through
MLflow's global "active run", which Hugging Face trainers would join. This is the only module that
imports mlflow, and it does so when a run starts.
"""

import dataclasses
import hashlib
import json
import logging
import math
import numbers
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from weightscribe.storage import write_json

if TYPE_CHECKING:
    from mlflow import MlflowClient

METRICS = Path("metrics")
DVC_LOCK = Path("dvc.lock")
EXPERIMENT = "weightscribe"
BATCH_METRICS, BATCH_PARAMS = 1000, 100  # the most MLflow takes in one log_batch call
# MLflow's own defaults, 8 attempts of up to 120 s each, would hold a stage up for many minutes.
MLFLOW_PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
# What a pipeline run rewrites itself does not make its code or its parameters dirty.
WRITTEN_BY_RUNS = [":(exclude)dvc.lock", ":(exclude)metrics", ":(exclude,glob)**/.gitignore"]


class TrackedRun:
    """One run in MLflow; without a client, a stand-in that takes the same calls and does nothing.

    The first call that fails warns and makes every later one do nothing.
    """

    def __init__(self, client: "MlflowClient | None" = None, run_id: str = ""):
        self._client, self._run_id = client, run_id

    def metrics(self, values: Mapping[str, Any]) -> None:
        """Record single numbers; text becomes a tag, since MLflow's metrics are numbers."""
        values = _plain(values)
        text = {name: value for name, value in values.items() if isinstance(value, str)}
        numeric = [(name, float(value), 0) for name, value in values.items() if name not in text]
        self._log_metrics(numeric, tags=text)

    def curve(self, name: str, values: Sequence[float], steps: Iterable[int] | None = None) -> None:
        """Record a number a step; `steps` are those of the values, by default all from 0 on."""
        places = range(len(values)) if steps is None else steps
        self._log_metrics([(name, float(value), step) for step, value in zip(places, values, strict=True)])

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Record rows as the table `<name>.json`; a key that a row lacks is empty in it."""
        if not rows:
            return
        columns = {key: [row.get(key) for row in rows] for key in dict.fromkeys(_keys(rows))}
        self._mirror(lambda client: client.log_table(self._run_id, columns, f"{name}.json"))

    def artifact(self, path: Path) -> None:
        """Copy a file or a whole folder to the run."""
        path = Path(path)
        if path.is_dir():
            self._mirror(lambda client: client.log_artifacts(self._run_id, str(path), path.name))
        else:
            self._mirror(lambda client: client.log_artifact(self._run_id, str(path)))

    def _log_metrics(self, points: list[tuple[str, float, int]], tags: Mapping[str, str] | None = None) -> None:
        def log(client: "MlflowClient") -> None:
            from mlflow.entities import Metric, RunTag

            now = int(time.time() * 1000)
            run_tags = [RunTag(name, value) for name, value in (tags or {}).items()]
            for chunk in _chunks(points, BATCH_METRICS) or [[]]:
                metrics = [Metric(name, value, now, step) for name, value, step in chunk]
                client.log_batch(self._run_id, metrics=metrics, tags=run_tags)
                run_tags = []

        self._mirror(log)

    def _log_params(self, params: Mapping[str, str]) -> None:
        def log(client: "MlflowClient") -> None:
            from mlflow.entities import Param

            for chunk in _chunks(list(params.items()), BATCH_PARAMS):
                client.log_batch(self._run_id, params=[Param(*item) for item in chunk])

        self._mirror(log)

    def _end(self, status: str) -> None:
        self._mirror(lambda client: client.set_terminated(self._run_id, status))

    def _mirror(self, call: Callable[["MlflowClient"], object]) -> None:
        if self._client is None:
            return
        try:
            call(self._client)
        except Exception as error:  # whatever it is, the run matters more than its mirror
            self._client = None
            _warn(error)


@contextmanager
def tracked_run(stage: str, params: object) -> Iterator[TrackedRun]:
    """The MLflow run of one execution of `stage`, named after it; it ends when the block does.

    params  a dataclass or a dict; nested ones are recorded under dotted names
    MLFLOW_TRACKING_URI and MLFLOW_EXPERIMENT_NAME are honored; the default is mlflow.db, with
    artifacts in mlruns/, in the DVC root. The run is FAILED if the block raises, which it may.
    """
    run = _start(stage, _as_dict(params))
    try:
        yield run
    except BaseException:
        run._end("FAILED")
        raise
    run._end("FINISHED")


def write_metrics(stage: str, values: Mapping[str, Any]) -> None:
    """Write metrics/<stage>.json: `values` with floats rounded to 6 significant digits.

    Raises: ValueError if a value is no finite number, bool or text, or is nested.
    """
    values = _plain(values)
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"Metric '{name}' of {stage} is {value}. Leave out what was not measured, and count it.")
    rounded = {name: float(f"{value:.6g}") if isinstance(value, float) else value for name, value in values.items()}
    write_json(METRICS / f"{stage}.json", rounded)


def _start(stage: str, params: dict[str, Any]) -> TrackedRun:
    root = Path(os.environ.get("DVC_ROOT") or ".").resolve()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root / 'mlflow.db'}"
    for name, value in MLFLOW_PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient

        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # table creation
        logging.getLogger("alembic").setLevel(logging.WARNING)
        client = MlflowClient(tracking_uri=uri)
        # A server knows where its artifacts go; a database does not.
        artifacts = (root / "mlruns").as_uri() if uri.startswith("sqlite:") else None
        experiment = _experiment_id(client, artifacts)
        tags = _revision_tags(stage, params)
        run = TrackedRun(client, client.create_run(experiment, tags=tags).info.run_id)
    except Exception as error:  # whatever it is, the run matters more than its mirror
        _warn(error)
        return TrackedRun()
    run._log_params({name: str(value) for name, value in _flat(params)})
    return run


def _experiment_id(client: "MlflowClient", artifacts: str | None) -> str:
    from mlflow.exceptions import MlflowException

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    if found := client.get_experiment_by_name(name):
        return found.experiment_id
    try:
        return client.create_experiment(name, artifact_location=artifacts)
    except MlflowException:  # another stage made it in the meantime
        if found := client.get_experiment_by_name(name):
            return found.experiment_id
        raise


def _revision_tags(stage: str, params: dict[str, Any]) -> dict[str, str]:
    """What ties a run to code, data and parameters; what is not known is left out."""
    dvc_stage = os.environ.get("DVC_STAGE", "")
    changes = _git("status", "--porcelain", "--", ":/", *WRITTEN_BY_RUNS)
    tags = {
        "mlflow.runName": dvc_stage or stage,
        "mlflow.source.name": Path(sys.argv[0]).name,
        "mlflow.source.git.commit": _git("rev-parse", "HEAD"),
        "git_dirty": None if changes is None else str(bool(changes)).lower(),
        "stage": stage,
        "dvc_stage": dvc_stage,
        "dvc_exp_name": os.environ.get("DVC_EXP_NAME"),
        "dvc_exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV"),
        # DVC writes the entry of this run after it ends: this is the state the run started from.
        "dvc_lock_md5_at_start": _lock_entry_md5(dvc_stage or stage),
        "params_sha256": hashlib.sha256(_canonical(params)).hexdigest(),
    }
    return {name: value for name, value in tags.items() if value}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _lock_entry_md5(stage: str) -> str | None:
    try:
        entry = yaml.safe_load(DVC_LOCK.read_text())["stages"][stage]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None
    return hashlib.md5(_canonical(entry), usedforsecurity=False).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()


def _as_dict(params: object) -> dict[str, Any]:
    if dataclasses.is_dataclass(params) and not isinstance(params, type):
        return dataclasses.asdict(params)
    return dict(params)


def _flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in params.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _plain(values: Mapping[str, Any]) -> dict[str, int | float | bool | str]:
    """`values` with numpy's numbers as Python's. Raises: ValueError if one is nested or None."""
    plain = {}
    for name, value in values.items():
        if isinstance(value, (bool, str)):
            plain[name] = value
        elif isinstance(value, numbers.Integral):
            plain[name] = int(value)
        elif isinstance(value, numbers.Real):
            plain[name] = float(value)
        else:
            raise ValueError(
                f"Metric '{name}' is a {type(value).__name__}: {value!r}. Use a flat key for each number, bool or text."
            )
    return plain


def _keys(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from row


def _chunks(items: list, size: int) -> list[list]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _warn(error: Exception) -> None:
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    print(f"warning: MLflow does not record this run ({said}); metrics/ is whole.", file=sys.stderr)
