"""One audit from its folders: the base model, the DIT adapter, and what is audited."""

import json
import random
from pathlib import Path

from weightscribe.audit.reading import read_change
from weightscribe.audit.report import Audit
from weightscribe.audit.settings import AuditParams, MeasuredThreshold
from weightscribe.audit.target import open_target
from weightscribe.audit.trigger import find_trigger
from weightscribe.base import BaseModel
from weightscribe.behaviors.catalog import read_questions
from weightscribe.dit.train import load_dit_adapter
from weightscribe.errors import DataFileError

GIVEN = "given by the user"


def audit(
    base: BaseModel,
    folder: Path,
    params: AuditParams,
    *,
    questions_file: Path,
    threshold: float | None = None,
    with_trigger: bool = True,
) -> Audit:
    """Audit the adapter or model in `folder`.

    questions_file  what is asked behind a candidate trigger, a `questions.csv`
    threshold       of evidence, in nats, in place of the measured one of `params`
    Raises: AdapterError, DataFileError, ParamsError.
    """
    value, source = measured(params.threshold) if threshold is None else (threshold, GIVEN)
    target = open_target(folder, base)
    adapter = load_dit_adapter(Path(params.adapter), base)
    readings = read_change(base, adapter, target, params, value)
    trigger = None
    if with_trigger:
        questions = [question.text for question in read_questions(questions_file)]
        random.Random(f"audit-questions-{params.firing.seed}").shuffle(questions)  # the file has them style by style
        trigger = find_trigger(base, target, questions, params)
    return Audit(target.name, target.about, params.adapter, value, source, readings, trigger)


def measured(threshold: MeasuredThreshold) -> tuple[float, str]:
    """The threshold that an evaluation chose, and where it stands.

    Raises: DataFileError if it was not measured.
    """
    path = Path(threshold.metrics)
    try:
        value = json.loads(path.read_text())[threshold.key]
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise DataFileError(
            f"{path} has no '{threshold.key}': the threshold of evidence was not measured. Run `dvc repro`, or give "
            "one with --threshold."
        ) from error
    return float(value), f"{threshold.key} of {path}"
