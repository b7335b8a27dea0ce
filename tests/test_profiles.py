"""profiles/*.txt: what `make first` and its like change in params.yaml is there, and is changed."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

HERE = Path(__file__).parents[1]
PROFILES = sorted(path.stem for path in (HERE / "profiles").glob("*.txt"))


def overrides_of(profile: str) -> list[str]:
    """As `make` hands them to DVC."""
    printed = subprocess.run(["make", "-n", profile], cwd=HERE, capture_output=True, text=True, check=True).stdout
    (command,) = [line for line in printed.splitlines() if line.startswith("dvc exp run")]
    words = shlex.split(command)
    return [word for flag, word in pairwise(words) if flag == "--set-param"]


def values_of(params: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in params.items():
        if isinstance(value, dict):
            yield from values_of(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@pytest.fixture
def applied(tmp_path):
    """The params of a profile, made as `dvc exp run` makes them, and those of params.yaml."""

    def apply(profile: str) -> tuple[dict, dict]:
        path = Path(shutil.copy(HERE / "params.yaml", tmp_path))
        apply_overrides(path, overrides_of(profile))
        return yaml.safe_load(path.read_text()), yaml.safe_load((HERE / "params.yaml").read_text())

    return apply


def test_the_profiles_are_found():
    assert PROFILES == ["first", "first-behaviors"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_line_of_a_profile_is_an_override(profile):
    lines = (HERE / "profiles" / f"{profile}.txt").read_text().splitlines()
    assert overrides_of(profile) == [text for line in lines if (text := line.split("#")[0].strip())]


@pytest.mark.parametrize("profile", PROFILES)
def test_an_override_changes_what_params_have_and_adds_nothing(profile, applied):
    changed, ours = (dict(values_of(params)) for params in applied(profile))
    assert set(changed) <= set(ours)
    for override in overrides_of(profile):
        name = override.lstrip("~").split("=")[0]
        of_name = {key for key in ours if key == name or key.startswith(f"{name}.")}
        assert of_name, override
        assert all(changed.get(key) != ours[key] for key in of_name), override


@pytest.mark.parametrize("profile", PROFILES)
def test_only_adapters_that_are_trained_are_asked(profile, applied):
    params, _ = applied(profile)
    trained = params["train_family_adapters"]["adapters"]
    assert {*params["ask_left_out"]["adapters"], *params["list_changes"]["adapters"]} <= set(trained)


def test_the_first_look_at_behaviors_simulates_the_topics_of_the_first_look(applied):
    assert applied("first-behaviors")[0]["simulate"] == applied("first")[0]["simulate"]
