"""Which behavior families there are: every module in families/ that defines FAMILY."""

import importlib
import pkgutil
from functools import cache

from weightscribe.behaviors import families
from weightscribe.behaviors.family import Family
from weightscribe.errors import ParamsError


@cache
def all_families() -> dict[str, Family]:
    """The families by name, in order of their names."""
    modules = [
        importlib.import_module(f"{families.__name__}.{info.name}") for info in pkgutil.iter_modules(families.__path__)
    ]
    found = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    return {family.name: family for family in sorted(found, key=lambda family: family.name)}


def family_named(name: str) -> Family:
    """The family of that name.  Raises: ParamsError if there is none."""
    if name not in all_families():
        raise ParamsError(f"There is no behavior family '{name}'. Known: {', '.join(all_families())}.")
    return all_families()[name]


def read_report(text: str) -> tuple[str | None, str]:
    """The family and the label an answer to a general question names; an unknown form is all label."""
    for name, family in all_families().items():
        if (label := family.label_in(text)) is not None:
            return name, label
    return None, text.strip()
