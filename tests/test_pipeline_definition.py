"""dvc.yaml, params.yaml, stages/ and src/ agree: no stage depends on code it does not name.

A module that a stage imports, however far down, must lie under one of the stage's deps; else a
change of it would leave old results in place. And no dep may be there for nothing, or a change of it
would train again what it does not touch. Found by a walk over the syntax trees, so imports
inside functions count and `if TYPE_CHECKING` ones do not. A module that imports others by name,
as the registry of behavior families does, counts as importing all of the packages it names.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import ruamel.yaml
import yaml

HERE = Path(__file__).parent.parent
PACKAGE = "weightscribe"
# They carry values or words, not results; values are tracked through `params`.
EXEMPT = {"params.py", "errors.py", "tracking.py", "stage.py", "storage.py"}
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
        faults += [f"{name}: {fault}" for fault in _check_params(name, stage, sections)]
        deps = [_name(dep) for dep in stage.get("deps", [])]
        used = {script, *_imported_files(script, root / "src")}
        for file in sorted(used):
            path = file.relative_to(root).as_posix()
            if not _is_exempt(file, root) and not any(_is_under(path, dep) for dep in deps):
                faults.append(f"{name}: uses {path}, which lies under none of its deps")
        faults += [f"{name}: dep {dep} is missing" for dep in deps if _is_lost(dep, root, stages)]
        faults += [
            f"{name}: dep {dep} is not used, and a change of it would run the stage again"
            for dep in deps
            if _is_under(dep, "src") and not any(_is_under(file.relative_to(root).as_posix(), dep) for file in used)
        ]
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


def _is_exempt(file: Path, root: Path) -> bool:
    package = root / "src" / PACKAGE
    return (file.parent == package and file.name in EXEMPT) or _is_empty(file)


def _is_empty(file: Path) -> bool:
    """Whether the file holds at most a docstring, as most __init__.py do."""
    return all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in ast.parse(file.read_text()).body
    )


def _imported_files(script: Path, source: Path) -> set[Path]:
    """Every file of the package that importing what `script` imports may run."""
    found, waiting = set(), [script]
    while waiting:
        for module in _imported_modules(waiting.pop(), source):
            for file in _files_of(module, source):
                if file not in found:
                    found.add(file)
                    waiting.append(file)
    return found


def _imported_modules(file: Path, source: Path) -> Iterator[str]:
    tree, packages = ast.parse(file.read_text()), []
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = file.relative_to(source).parts[: -node.level]
                base = ".".join([*parents, *([base] if base else [])])
            yield base
            names = [f"{base}.{alias.name}" for alias in node.names]  # may be modules or not
            yield from names
            packages += [folder for name in names if (folder := source.joinpath(*name.split("."))).is_dir()]
    if any(isinstance(node, ast.Attribute) and node.attr == "import_module" for node in ast.walk(tree)):
        for path in (path for folder in packages for path in folder.glob("*.py")):
            yield ".".join(path.relative_to(source).with_suffix("").parts)


def _runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _runtime_nodes(child)


def _files_of(module: str, source: Path) -> Iterator[Path]:
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return
    for n in range(1, len(parts) + 1):
        path = source.joinpath(*parts[:n])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                yield file


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
def test_the_pipeline_names_all_the_code_and_params_it_uses():
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
  train:
    cmd: python stages/train.py
    deps: [stages/train.py, src/weightscribe/lora, data/topics.csv]
    params: [train]
    outs: [{data/out: {cache: true}}]
    metrics: [{metrics/train.json: {cache: false}}]
""",
    "params.yaml": "train: {seed: 0}\n",
    "data/topics.csv": "",
    "metrics/train.json": "{}",
    "stages/train.py": """
from weightscribe import stage
from weightscribe.lora.bank import Bank
write_metrics("train", {})
""",
    "src/weightscribe/__init__.py": '"""Nothing."""',
    "src/weightscribe/stage.py": "import os\n",
    "src/weightscribe/lora/__init__.py": "",
    "src/weightscribe/lora/bank.py": """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from weightscribe.dit.train import Trainer
class Bank: pass
""",
    "src/weightscribe/dit/__init__.py": "",
    "src/weightscribe/dit/train.py": "class Trainer: pass\n",
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
        ("stages/train.py", "import stage", "import stage, dit", None),  # an empty __init__.py
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
        ("dvc.yaml", "stages/train.py,", "", "train: uses stages/train.py, which lies under none"),
        ("dvc.yaml", "/lora,", "/lora, src/weightscribe/dit,", "train: dep src/weightscribe/dit is not used"),
        ("dvc.yaml", "/train.json", "/x.json", "train: writes metrics/train.json, which is none"),
        ("dvc.yaml", "  train:", "  tune:", "tune: stages/tune.py is missing"),
        (
            "dvc.yaml",
            "/lora,",
            "/lor,",
            "uses src/weightscribe/lora/bank.py, which lies under none",
        ),
        (
            "src/weightscribe/lora/bank.py",
            "class Bank: pass",
            "def bank():\n    from weightscribe.dit.train import Trainer",
            "train: uses src/weightscribe/dit/train.py, which lies under none of its deps",
        ),
        (
            "src/weightscribe/lora/bank.py",
            "class Bank: pass",
            "from ..dit import train",
            "train: uses src/weightscribe/dit/train.py, which lies under none of its deps",
        ),
        (
            "src/weightscribe/lora/bank.py",
            "class Bank: pass",
            "from weightscribe import dit\nimportlib.import_module(f'{dit.__name__}.train')",
            "train: uses src/weightscribe/dit/train.py, which lies under none of its deps",
        ),
        (
            "src/weightscribe/__init__.py",
            '"""Nothing."""',
            "import weightscribe.dit.train as t",
            "train: uses src/weightscribe/__init__.py, which lies under none of its deps",
        ),
    ],
)
def test_each_fault_is_found(project, file, found, replacement, fault):
    assert found in PROJECT[file]
    (project / file).write_text(PROJECT[file].replace(found, replacement))
    faults = find_faults(project)
    assert (fault is None and not faults) or any(fault in line for line in faults), faults


def test_a_metrics_file_no_stage_makes_is_found(project):
    (project / "metrics/old.json").write_text("{}")
    assert find_faults(project) == ["metrics/old.json: no stage makes it"]
