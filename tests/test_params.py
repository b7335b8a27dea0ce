"""params.yaml is read whole and exactly as the dataclass says, or not at all."""

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from dvc.utils.serialize import modify_yaml

from weightscribe.errors import ParamsError
from weightscribe.params import check_at_least, check_positive, load_params


@dataclass(frozen=True)
class Weights:
    no_trigger: float

    def __post_init__(self):
        check_at_least(self, 0, "no_trigger")


@dataclass(frozen=True)
class Params:
    seed: int
    learning_rate: float
    target_modules: tuple[str, ...]
    weights: Weights


GOOD = """
train:
  seed: 3
  learning_rate: 1.0e-3
  target_modules: [q_proj, v_proj]
  weights: {no_trigger: 5.0}
other: {anything: 1}
"""


@pytest.fixture
def load(tmp_path):
    def load(text, section="train"):
        path = tmp_path / "params.yaml"
        path.write_text(text)
        return load_params(section, Params, path)

    return load


def test_a_section_becomes_the_dataclass(load):
    assert load(GOOD) == Params(3, 0.001, ("q_proj", "v_proj"), Weights(5.0))


@pytest.mark.parametrize(
    ("found", "replacement", "message"),
    [
        ("seed: 3", "seed: 3\n  lr: 1", r"section 'train' has unknown keys \['lr'\]"),
        ("  seed: 3\n", "", r"section 'train' has .*lacks \['seed'\]"),
        ("seed: 3", "seeds: 3", r"unknown keys \['seeds'\] and lacks \['seed'\]"),
        ("1.0e-3", "1e-3", r"learning_rate.*Write small numbers as 1\.0e-3"),  # YAML 1.1: text
        ("seed: 3", "seed: 3.5", r"seed"),
        ("seed: 3", "seed: '3'", r"seed"),
        ("seed: 3", "seed:", r"seed"),
        ("no_trigger: 5.0", "no_triggers: 5.0", r"no_trigger"),
        ("train:", "trains:", r"no readable section 'train'"),
        ("train:", "train: [", r"no readable section 'train'"),
        ("[q_proj, v_proj]", "", "section 'train'"),
        ("[q_proj, v_proj]", "0.5", 'target_modules.*list.*value "0.5"'),
        ("[q_proj, v_proj]", "q_proj", 'target_modules.*list.*value "q_proj"'),
        ("[q_proj, v_proj]", "{q_proj: 1}", "target_modules.*list.*q_proj"),
        ("seed: 3", "seed: 3\n  seed: 4", r"\['seed'\] stand twice"),
        ("{anything: 1}", "{anything: 1, anything: 2}", r"\['anything'\] stand twice"),
        ("no_trigger: 5.0", "no_trigger: -1.0", r"section 'train': no_trigger is -1\.0\. Use 0 or more"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(load, found, replacement, message):
    assert found in GOOD
    with pytest.raises(ParamsError, match=message):
        load(GOOD.replace(found, replacement))


def test_an_empty_file_has_no_section(load):
    with pytest.raises(ParamsError, match="no readable section"):
        load("")


@pytest.mark.parametrize("content", ["", " 3", " text"])
def test_a_section_that_holds_no_keys_is_refused(load, content):
    with pytest.raises(ParamsError, match=r"section 'train' is no mapping"):
        load(f"train:{content}\n")


@pytest.mark.parametrize("value", [-1.0, 0.0, math.inf, math.nan])
def test_what_must_be_positive_is_finite_and_not_zero(value):
    with pytest.raises(ParamsError, match=f"no_trigger is {value}. Use a finite number above 0"):
        check_positive(SimpleNamespace(no_trigger=value), "no_trigger")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "params.yaml").write_bytes(b"train: \xff")
    with pytest.raises(ParamsError, match=r"params\.yaml has no readable section"):
        load_params("train", Params, tmp_path / "params.yaml")


def test_a_missing_file_says_where_to_run(tmp_path):
    with pytest.raises(ParamsError, match=r"params\.yaml is missing.*Run from the folder"):
        load_params("train", Params, tmp_path / "params.yaml")


def test_dvc_exp_run_leaves_every_other_value_of_ours_as_it_is(tmp_path):
    """`-S` has DVC write the whole file anew, in YAML 1.2, which PyYAML reads in part otherwise."""
    ours = Path(__file__).parents[1] / "params.yaml"
    path = shutil.copy(ours, tmp_path)
    with modify_yaml(path) as values:
        values["simulate"]["n_train"] = 96
    written, expected = yaml.safe_load(Path(path).read_text()), yaml.safe_load(ours.read_text())
    expected["simulate"]["n_train"] = 96
    assert written == expected
