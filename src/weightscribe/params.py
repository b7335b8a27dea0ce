"""params.yaml as frozen, type-checked values: one section a stage, no defaults in code."""

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, get_origin

import dacite
import yaml

from weightscribe.errors import ParamsError

PARAMS_FILE = Path("params.yaml")
Section = TypeVar("Section")


class _Loader(yaml.SafeLoader):
    """PyYAML's, but a key that stands twice in a mapping is an error: the last one would win without a word."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := sorted(repeated(keys)):
            problem = f"keys {twice} stand twice in one mapping; take one of each out"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep)


class _ListsAsTuples(dict):
    """dacite's type hooks for every kind of tuple: in the file it is a list, and nothing else will do."""

    def __contains__(self, type_: object) -> bool:
        return (get_origin(type_) or type_) is tuple

    def __getitem__(self, type_: object):
        return _as_tuple


def _as_tuple(value: object) -> tuple:
    if not isinstance(value, (list, tuple)):
        raise dacite.WrongTypeError(field_type=list, value=value)
    return tuple(value)


def load_params(section: str, schema: type[Section], path: Path = PARAMS_FILE) -> Section:
    """The section of `path` as an instance of the frozen dataclass `schema`.

    Raises: ParamsError if the file, the section or a key is missing, unknown, of a wrong type or out of range, or if
    a key stands twice.
    """
    try:
        values = yaml.load(Path(path).read_text(), _Loader)[section]
    except FileNotFoundError as error:
        raise ParamsError(f"{path} is missing. Run from the folder that holds it.") from error
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ParamsError(f"{path} has no readable section '{section}': {error}.") from error
    if not isinstance(values, dict):
        raise ParamsError(f"{path}: section '{section}' is no mapping of keys to values.")
    return typed(schema, values, f"{path}: section '{section}'")


def typed(schema: type[Section], values: dict[str, Any], where: str) -> Section:
    """The values as an instance of the frozen dataclass `schema`.

    where  their place in params.yaml, for messages
    Raises: ParamsError if a key is missing, unknown, of a wrong type or out of range.
    """
    names = {field.name for field in dataclasses.fields(schema)}
    unknown, missing = sorted(set(values) - names), sorted(names - set(values))
    if unknown or missing:
        raise ParamsError(f"{where} has unknown keys {unknown} and lacks {missing}.")
    try:
        return dacite.from_dict(schema, values, dacite.Config(strict=True, type_hooks=_ListsAsTuples()))
    except (dacite.DaciteError, TypeError) as error:  # TypeError: a mapping whose keys are no text
        raise ParamsError(f"{where}: {error}. Write small numbers as 1.0e-3.") from error
    except ParamsError as error:  # a dataclass checks its values itself, and does not know where they stand
        raise ParamsError(f"{where}: {error}") from error


def changed(section: Section, changes: dict[str, Any], where: str) -> Section:
    """The dataclass `section` with `changes` to some of its keys, type-checked as in a file.

    where  the changes' place in params.yaml, for messages
    Raises: ParamsError for an unknown or mistyped key, or a value out of range.
    """
    values = dataclasses.asdict(section)
    if unknown := sorted(set(changes) - set(values)):
        raise ParamsError(f"{where} has unknown keys {unknown}. Known: {sorted(values)}.")
    return typed(type(section), values | changes, where)


def check_at_least(section: object, least: float, *names: str) -> None:
    """For a dataclass to check itself.

    names  of its values, dotted for those of a dataclass inside it
    Raises: ParamsError if one of these values is less, infinite or no number.
    """
    for name in names:
        value = attrgetter(name)(section)
        if not least <= value < math.inf:
            raise ParamsError(f"{name} is {value}. Use {least} or more.")


def check_positive(section: object, *names: str) -> None:
    """As `check_at_least`, of values that must be above 0."""
    for name in names:
        if not 0 < getattr(section, name) < math.inf:
            raise ParamsError(f"{name} is {getattr(section, name)}. Use a finite number above 0.")


def repeated(names: Iterable[str]) -> list[str]:
    """Those that stand more than once, in their order."""
    return [name for name, count in Counter(names).items() if count > 1]
