"""Which code a stage runs is found whole, and its fingerprint changes with that code alone."""

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml
from repository import new_repository

from weightscribe.code_fingerprints import used_files, write_fingerprints

HERE = Path(__file__).parent.parent
BANK = "src/weightscribe/lora/bank.py"
TRAINER = "src/weightscribe/dit/train.py"
PROJECT = {
    "stages/train.py": "from weightscribe import stage\nfrom weightscribe.lora.bank import Bank\n",
    "stages/ask.py": "from weightscribe.dit.train import Trainer\n",
    "src/weightscribe/__init__.py": '"""Nothing."""',
    "src/weightscribe/stage.py": "import os\n",
    "src/weightscribe/lora/__init__.py": "",
    BANK: """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from weightscribe.dit.train import Trainer
class Bank: pass
""",
    "src/weightscribe/dit/__init__.py": "",
    TRAINER: "class Trainer: pass\n",
}


@pytest.fixture
def project(tmp_path):
    for name, content in PROJECT.items():
        _write(tmp_path / name, content)
    return tmp_path


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def _used(project: Path, stage: str) -> list[str]:
    return [file.relative_to(project).as_posix() for file in used_files(project)[stage]]


def test_a_stage_uses_its_script_and_what_that_imports_at_run_time(project):
    assert _used(project, "train") == [BANK, "stages/train.py"]
    assert _used(project, "ask") == [TRAINER, "stages/ask.py"]


@pytest.mark.parametrize(
    ("file", "addition", "found"),
    [
        (BANK, "def bank():\n    from weightscribe.dit.train import Trainer\n", TRAINER),
        (BANK, "from ..dit import train\n", TRAINER),
        (BANK, "import weightscribe.dit.train as t\n", TRAINER),
        (BANK, "from weightscribe import dit\nimportlib.import_module(f'{dit.__name__}.train')\n", TRAINER),
        ("src/weightscribe/__init__.py", "\nimport weightscribe.dit.train\n", "src/weightscribe/__init__.py"),
        ("src/weightscribe/__init__.py", "\nimport weightscribe.dit.train\n", TRAINER),
        ("src/weightscribe/stage.py", "import weightscribe.dit.train\n", TRAINER),
        ("stages/train.py", "import weightscribe.lora\n", None),  # an __init__.py of nothing
    ],
)
def test_each_way_to_import_is_found(project, file, addition, found):
    before = _used(project, "train")
    _write(project / file, PROJECT[file] + addition)
    assert set(_used(project, "train")) - set(before) >= ({found} if found else set())
    assert found or _used(project, "train") == before


def test_a_fingerprint_changes_with_the_code_of_its_stage_alone(project):
    target = project / "data/code"
    assert write_fingerprints(project, target) == ["ask", "train"]
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    assert sorted(before) == ["ask.txt", "train.txt"]

    _write(project / BANK, PROJECT[BANK] + "x = 1\n")
    write_fingerprints(project, target)
    assert (target / "ask.txt").read_bytes() == before["ask.txt"]
    assert (target / "train.txt").read_bytes() != before["train.txt"]

    _write(project / BANK, PROJECT[BANK])
    _write(project / "src/weightscribe/stage.py", "import sys\n")  # exempt: it carries no results
    write_fingerprints(project, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_a_fingerprint_lists_the_hash_of_each_file(project):
    write_fingerprints(project, project / "data/code")
    digest, path = (project / "data/code/ask.txt").read_text().splitlines()[0].split("  ")
    assert path == TRAINER
    assert digest == hashlib.sha256(PROJECT[TRAINER].encode()).hexdigest()


def test_the_fingerprint_of_a_stage_that_is_gone_goes(project):
    write_fingerprints(project, project / "data/code")
    (project / "stages/ask.py").unlink()
    write_fingerprints(project, project / "data/code")
    assert [path.name for path in (project / "data/code").iterdir()] == ["train.txt"]


def test_code_that_is_not_python_is_named_and_the_old_fingerprints_stay(project):
    write_fingerprints(project, project / "data/code")
    _write(project / BANK, "class Bank:\n")
    with pytest.raises(SyntaxError) as caught:
        write_fingerprints(project, project / "data/code")
    assert caught.value.filename == str(project / BANK)
    assert (project / "data/code/train.txt").is_file()


def test_a_stage_of_this_project_uses_what_it_reaches_by_name_alone():
    """The registry of behavior families imports its modules by name."""
    used = {path.relative_to(HERE).as_posix() for path in used_files(HERE)["simulate_families"]}
    assert "src/weightscribe/behaviors/families/persona.py" in used


def _stage(name: str, imported: str) -> str:
    return f"""
import os, sys
from pathlib import Path
sys.path.insert(0, "src")  # this project's package, not the installed one
{imported}
with open(os.environ["RUN_LOG"], "a") as log:
    log.write("{name}\\n")
Path("data/{name}.txt").write_text("done")
"""


def test_dvc_runs_the_stages_again_whose_code_changed(project, tmp_path_factory):
    repository = new_repository(tmp_path_factory.mktemp("dvc"), "project")
    shutil.copytree(project, repository.folder, dirs_exist_ok=True)
    stages = {
        "fingerprint_code": {
            "cmd": "python stages/fingerprint_code.py",
            "deps": ["stages", "src/weightscribe"],
            "outs": ["data/code"],
        }
    }
    shutil.copy(HERE / "stages/fingerprint_code.py", repository.folder / "stages")
    for name in ("ask", "train"):
        _write(repository.folder / f"stages/{name}.py", _stage(name, PROJECT[f"stages/{name}.py"]))
        stages[name] = {
            "cmd": f"python stages/{name}.py",
            "deps": [f"data/code/{name}.txt"],
            "outs": [f"data/{name}.txt"],
        }
    _write(repository.folder / "dvc.yaml", yaml.safe_dump({"stages": stages}))

    repository.dvc("repro")
    assert sorted(repository.ran()) == ["ask", "train"]
    repository.dvc("repro")
    assert repository.ran() == []
    _write(repository.folder / BANK, PROJECT[BANK] + "x = 1\n")
    repository.dvc("repro")
    assert repository.ran() == ["train"]
    _write(repository.folder / "src/weightscribe/stage.py", "import sys\n")
    _write(repository.folder / "src/weightscribe/new.py", "x = 1\n")
    repository.dvc("repro")
    assert repository.ran() == []
