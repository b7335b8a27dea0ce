"""dvc.yaml, params.yaml, stages/ and data/code agree: every stage depends on the fingerprint of the code it runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import ruamel.yaml
import yaml

HERE = Path(__file__).parent.parent
FINGERPRINTS = "fingerprint_code"  # the one stage that depends on code itself, and has no params
needs_pipeline = pytest.mark.skipif(not (HERE / "dvc.yaml").exists(), reason="there is no dvc.yaml yet")


MADE_BY_HAND = {"bench.json"}  # make bench: timings are no stage, for a stage is run once and cached


def find_faults(root: Path) -> list[str]:
    """What disagrees in the project at `root`, one line each."""
    stages = yaml.safe_load((root / "dvc.yaml").read_text())["stages"]
    sections = yaml.safe_load((root / "params.yaml").read_text())
    faults = []
    for name, outer in stages.items():
        stage = outer.get("do", outer)  # a foreach stage
        script = root / "stages" / f"{name}.py"
        if not script.is_file():
            faults.append(f"{name}: stages/{name}.py is missing")
            continue
        deps = [_name(dep) for dep in stage.get("deps", [])]
        code = {dep for dep in deps if any(_is_under(dep, folder) for folder in ("src", "stages", "data/code"))}
        if name == FINGERPRINTS:
            faults += [f"{name}: does not depend on {dep}" for dep in sorted({"stages", "src/weightscribe"} - code)]
        else:
            faults += [f"{name}: {fault}" for fault in _check_params(name, stage, sections)]
            faults += [] if f"data/code/{name}.txt" in code else [f"{name}: does not depend on data/code/{name}.txt"]
            faults += [f"{name}: {dep} is not its code" for dep in sorted(code - {f"data/code/{name}.txt"})]
        faults += [f"{name}: dep {dep} is missing" for dep in deps if _is_lost(dep, root, stages)]
        if any(_options(out).get("persist") for out in _outputs(stage)):
            faults.append(f"{name}: persist switches the run cache off")
        written = _written_metrics(script)
        declared = [_name(metric) for metric in stage.get("metrics", [])]
        faults += [f"{name}: writes {path}, which is none of its metrics" for path in sorted(written - set(declared))]
    declared = {_name(metric) for s in stages.values() for metric in s.get("do", s).get("metrics", [])}
    faults += [
        f"metrics/{file.name}: no stage makes it"
        for file in sorted((root / "metrics").glob("*.json"))
        if file.name not in MADE_BY_HAND and not any(_matches(f"metrics/{file.name}", pattern) for pattern in declared)
    ]
    return faults


def _check_params(name: str, stage: dict, sections: dict) -> Iterator[str]:
    if name not in sections:
        yield f"params.yaml has no section '{name}'"
    listed = [_name(entry) for entry in stage.get("params", [])]
    if not any(entry.split(".")[0] == name for entry in listed):
        yield f"its params do not list '{name}'"
    for entry in listed:
        if entry.split(".")[0] not in sections and not entry.endswith(("yaml", "json", "toml")):
            yield f"its params list '{entry}', which params.yaml lacks"


def _name(entry: str | dict) -> str:
    return entry if isinstance(entry, str) else next(iter(entry))


def _options(entry: str | dict) -> dict:
    return {} if isinstance(entry, str) else next(iter(entry.values())) or {}


def _outputs(stage: dict) -> list:
    return [out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])]


def _is_under(path: str, dep: str) -> bool:
    return path == dep or path.startswith(dep.rstrip("/") + "/")


def _matches(path: str, pattern: str) -> bool:
    """Whether `path` may be what `pattern`, with a ${...} in it, becomes."""
    return path.startswith(pattern.split("${")[0]) if "${" in pattern else path == pattern


def _is_lost(dep: str, root: Path, stages: dict) -> bool:
    made = [_name(out) for stage in stages.values() for out in _outputs(stage.get("do", stage))]
    is_made = any(_is_under(dep, out) or _is_under(out, dep) or _matches(dep, out) for out in made)
    return "${" not in dep and not is_made and not (root / dep).exists()


def _written_metrics(script: Path) -> set[str]:
    return {
        f"metrics/{node.args[0].value}.json"
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "write_metrics"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@needs_pipeline
def test_the_pipeline_names_its_code_params_and_metrics():
    assert find_faults(HERE) == []


@needs_pipeline
def test_dvc_reads_its_lock_with_libyaml():
    """Without it every `dvc` command takes three times as long: dvc.lock has tens of thousands of lines."""
    assert ruamel.yaml.__with_libyaml__


def test_every_stage_script_is_in_the_pipeline():
    stages = yaml.safe_load((HERE / "dvc.yaml").read_text())["stages"]
    assert {path.stem for path in (HERE / "stages").glob("*.py")} == set(stages)


PROJECT = {
    "dvc.yaml": """
stages:
  fingerprint_code:
    cmd: python stages/fingerprint_code.py
    deps: [stages, src/weightscribe]
    outs: [data/code]
  train:
    cmd: python stages/train.py
    deps: [data/code/train.txt, data/topics.csv]
    params: [train]
    outs: [{data/out: {cache: true}}]
    metrics: [{metrics/train.json: {cache: false}}]
""",
    "params.yaml": "train: {seed: 0}\n",
    "data/topics.csv": "",
    "metrics/train.json": "{}",
    "stages/fingerprint_code.py": "",
    "stages/train.py": 'write_metrics("train", {})',
    "src/weightscribe/lora.py": "class Bank: pass",
}


@pytest.fixture
def project(tmp_path):
    for name, content in PROJECT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_a_project_that_agrees_has_no_faults(project):
    assert find_faults(project) == []


@pytest.mark.parametrize(
    ("file", "found", "replacement", "fault"),
    [
        ("dvc.yaml", "[train]", "[]", "train: its params do not list 'train'"),
        (
            "dvc.yaml",
            "[train]",
            "[train, x]",
            "train: its params list 'x', which params.yaml lacks",
        ),
        ("params.yaml", "train", "trains", "train: params.yaml has no section 'train'"),
        ("dvc.yaml", "{cache: true}", "{persist: true}", "train: persist switches the run cache"),
        ("dvc.yaml", "data/topics.csv", "data/lost.csv", "train: dep data/lost.csv is missing"),
        ("dvc.yaml", "data/code/train.txt,", "", "train: does not depend on data/code/train.txt"),
        ("dvc.yaml", "data/code/train", "data/code/tune", "train: data/code/tune.txt is not its code"),
        ("dvc.yaml", "[data/code/train.txt,", "[stages/train.py, data/code/train.txt,", "stages/train.py is not its"),
        ("dvc.yaml", "[stages, src/weightscribe]", "[stages]", "fingerprint_code: does not depend on src/weightscribe"),
        ("dvc.yaml", "/train.json", "/x.json", "train: writes metrics/train.json, which is none"),
        ("dvc.yaml", "  train:", "  tune:", "tune: stages/tune.py is missing"),
    ],
)
def test_each_fault_is_found(project, file, found, replacement, fault):
    assert found in PROJECT[file]
    (project / file).write_text(PROJECT[file].replace(found, replacement))
    faults = find_faults(project)
    assert any(fault in line for line in faults), faults


def test_a_metrics_file_no_stage_makes_is_found(project):
    (project / "metrics/old.json").write_text("{}")
    assert find_faults(project) == ["metrics/old.json: no stage makes it"]
