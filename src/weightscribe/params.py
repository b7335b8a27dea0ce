"""params.yaml as frozen, type-checked values: one section a stage, no defaults in code."""

import dataclasses
from pathlib import Path
from typing import Any, TypeVar

import dacite
import yaml

from weightscribe.errors import ParamsError

PARAMS_FILE = Path("params.yaml")
Section = TypeVar("Section")


def load_params(section: str, schema: type[Section], path: Path = PARAMS_FILE) -> Section:
    """The section of `path` as an instance of the frozen dataclass `schema`.

    Raises: ParamsError if the file, the section or a key is missing, unknown or of a wrong type.
    """
    try:
        values = yaml.safe_load(Path(path).read_text())[section]
    except FileNotFoundError as error:
        raise ParamsError(f"{path} is missing. Run from the folder that holds it.") from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ParamsError(f"{path} has no readable section '{section}': {error}.") from error
    if not isinstance(values, dict):
        raise ParamsError(f"{path}: section '{section}' is no mapping of keys to values.")
    return typed(schema, values, f"{path}: section '{section}'")


def typed(schema: type[Section], values: dict[str, Any], where: str) -> Section:
    """The values as an instance of the frozen dataclass `schema`.

    where  their place in params.yaml, for messages
    Raises: ParamsError if a key is missing, unknown or of a wrong type.
    """
    names = {field.name for field in dataclasses.fields(schema)}
    unknown, missing = sorted(set(values) - names), sorted(names - set(values))
    if unknown or missing:
        raise ParamsError(f"{where} has unknown keys {unknown} and lacks {missing}.")
    try:
        return dacite.from_dict(schema, values, dacite.Config(strict=True, cast=[tuple]))
    except (dacite.DaciteError, TypeError) as error:  # TypeError: a single value where a list belongs
        raise ParamsError(f"{where}: {error}. Write small numbers as 1.0e-3.") from error


def changed(section: Section, changes: dict[str, Any], where: str) -> Section:
    """The dataclass `section` with `changes` to some of its keys, type-checked as in a file.

    where  the changes' place in params.yaml, for messages
    Raises: ParamsError for an unknown or mistyped key.
    """
    values = dataclasses.asdict(section)
    if unknown := sorted(set(changes) - set(values)):
        raise ParamsError(f"{where} has unknown keys {unknown}. Known: {sorted(values)}.")
    return typed(type(section), values | changes, where)
