"""One audit from its folders: the base model, the DIT adapter, and what is audited."""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from weightscribe.audit.changes import likeliest_changes, proved_changes
from weightscribe.audit.reading import any_reported, read_change
from weightscribe.audit.report import Audit
from weightscribe.audit.requests import try_requests
from weightscribe.audit.settings import AuditParams, MeasuredThreshold
from weightscribe.audit.target import open_target
from weightscribe.audit.trigger import find_triggers
from weightscribe.base import load_base
from weightscribe.behaviors.catalog import read_questions
from weightscribe.dit.adapter import load_dit_adapter
from weightscribe.errors import DataFileError, ParamsError
from weightscribe.lora.peft_io import CONFIG_FILE, WEIGHTS_FILE
from weightscribe.requests.candidates import candidate_requests
from weightscribe.triggers.words import candidate_words

GIVEN = "given by the user"


def audit(
    folder: Path,
    params: AuditParams,
    *,
    base_folder: Path,
    system_message: str | None,
    questions_file: Path,
    lists: Path,
    threshold: float | None = None,
    with_adapter: bool = True,
    with_requests: bool = True,
    with_trigger: bool = True,
) -> Audit:
    """Audit the adapter or model in `folder`. What is missing is told before anything long begins.

    questions_file  what is asked behind a candidate trigger, a `questions.csv`
    lists           the folder of the behavior families' lists, whose subjects requests are about
    threshold       of evidence, in nats, in place of the measured one of `params`
    with_adapter    ask the DIT adapter; without it, requests and triggers are looked for all the same
    Raises: AdapterError, DataFileError, ParamsError.
    """
    if with_adapter and not (Path(params.adapter) / CONFIG_FILE).is_file():
        raise DataFileError(
            f"{params.adapter} holds no DIT adapter. Run `make auditor` (or `dvc pull`), name "
            "another with --adapter, or go without one with --no-adapter."
        )
    value, source = threshold, GIVEN if with_adapter else ""
    if with_adapter and threshold is None:
        value, source = measured(params.threshold)
    questions = _questions(questions_file, params) if with_trigger else []
    candidates = candidate_requests(lists, params.requests.candidates) if with_requests else []
    base = load_base(base_folder, params.dtype, system_message)
    target = open_target(folder, base)
    readings = changes = requests = triggers = None
    if target.norm > 0:
        adapter = load_dit_adapter(Path(params.adapter), base) if with_adapter else None
        readings = read_change(base, adapter, target, params, value) if with_adapter else None
        requests = try_requests(base, target, candidates, params) if with_requests else None
        triggers = find_triggers(base, target, questions, params) if with_trigger else None
        if any_reported(readings):
            changes = likeliest_changes(base, adapter, target, readings, requests, triggers, params)
        elif requests is not None or triggers is not None:
            changes = proved_changes(requests, triggers)
    return Audit(
        name=target.name,
        about=target.about,
        differs=target.norm > 0,
        adapter=params.adapter if with_adapter else None,
        threshold=value,
        threshold_from=source,
        readings=readings,
        changes=changes,
        requests=requests,
        triggers=triggers,
        settings={
            "target": str(folder),
            "base_model": str(base_folder),
            "base_model_sha256": base.identity.sha256,
            "adapter_sha256": _sha256(Path(params.adapter) / WEIGHTS_FILE) if with_adapter else None,
            "system_message": base.system_message,
            "compute_dtype": base.dtype,
            "audit": asdict(params),
        },
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _questions(file: Path, params: AuditParams) -> Sequence[str]:
    questions = [question.text for question in read_questions(file)]
    random.Random(f"audit-questions-{params.firing.seed}").shuffle(questions)  # the file has them style by style
    most = min(len(questions), len(candidate_words()) - 1)  # each is put behind another word, too
    if not 2 <= params.firing.n_questions <= most:
        raise ParamsError(f"audit.firing.n_questions is {params.firing.n_questions}. Use 2 to {most}.")
    return questions[: params.firing.n_questions]


def measured(threshold: MeasuredThreshold) -> tuple[float, str]:
    """The threshold that an evaluation chose; where it stands, and how often it reported something there.

    Raises: DataFileError if it was not measured.
    """
    path = Path(threshold.metrics)
    try:
        values = json.loads(path.read_text())
        found = {key: float(values[key]) for key in (threshold.key, threshold.reported, threshold.false_reports)}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataFileError(
            f"{path} has no '{threshold.key}' or not its rates: the threshold of evidence was not measured. Run "
            "`dvc repro`, or give one with --threshold."
        ) from error
    changed, benign = (f"{found[key]:.0%}" for key in (threshold.reported, threshold.false_reports))
    rates = (
        f"asked one such question, {changed} of changed weight diffs were reported there and {benign} of benign ones"
    )
    return found[threshold.key], f"{threshold.key} of {path}; {rates}"
