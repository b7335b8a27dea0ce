"""What one person computed, another gets from the remote: no stage runs twice.

Each run of a stage appends a line to a log outside of the repositories, so a stage that ran
cannot hide. The repositories use this project's own .dvc settings.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent.parent
STAGE = """
import json, os, sys
from pathlib import Path

import yaml

def numbers(seed):
    Path("data/numbers").mkdir(parents=True)
    for part in range(3):
        Path(f"data/numbers/{part}.json").write_text(json.dumps([seed, part]))

def total(seed):
    parts = [json.loads(part.read_text()) for part in Path("data/numbers").iterdir()]
    Path("data/total.json").write_text(json.dumps(sum(map(sum, parts))))

def report(seed):
    Path("metrics").mkdir(exist_ok=True)
    Path("metrics/report.json").write_text(Path("data/total.json").read_text())

with open(os.environ["RUN_LOG"], "a") as log:
    log.write(sys.argv[1] + "\\n")
globals()[sys.argv[1]](yaml.safe_load(Path("params.yaml").read_text())["seed"])
"""
PIPELINE = {
    "stages": {
        "numbers": {
            "cmd": "python stage.py numbers",
            "deps": ["stage.py"],
            "params": ["seed"],
            "outs": ["data/numbers"],
        },
        "total": {
            "cmd": "python stage.py total",
            "deps": ["stage.py", "data/numbers"],
            "outs": ["data/total.json"],
        },
        "report": {
            "cmd": "python stage.py report",
            "deps": ["stage.py", "data/total.json"],
            "metrics": [{"metrics/report.json": {"cache": False}}],  # as ours: in git, small
        },
    }
}
STAGES = list(PIPELINE["stages"])


class Repository:
    """A folder with git and DVC in it, and the log of the stages that ran anywhere."""

    def __init__(self, folder: Path, log: Path):
        self.folder, self.log = folder, log

    def run(self, *command: str) -> str:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DVC_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RUN_LOG": str(self.log),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.log.parent / "site_cache"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.log.parent / "no_config"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Test"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@localhost"),
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def clone(self, name: str) -> "Repository":
        folder = self.folder.parent / name
        self.run("git", "clone", "--quiet", str(self.folder), str(folder))
        return Repository(folder, self.log)

    def set_seed(self, seed: int) -> None:
        (self.folder / "params.yaml").write_text(f"seed: {seed}\n")

    def outputs(self) -> dict[str, bytes]:
        files = [path for name in ("data", "metrics") for path in self.folder.glob(f"{name}/**/*")]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(files)
            if path.is_file() and path.name != ".gitignore"
        }

    def ran(self) -> list[str]:
        """The stages that ran, anywhere, since the last call."""
        lines = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def author(tmp_path):
    """A repository whose pipeline ran once and is committed and pushed, with all its results."""
    folder = tmp_path / "author"
    (folder / ".dvc").mkdir(parents=True)
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore"):
        shutil.copy(HERE / name, folder / name)
    (folder / "stage.py").write_text(STAGE)
    (folder / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE, sort_keys=False))
    author = Repository(folder, tmp_path / "ran.log")
    author.set_seed(1)
    author.run("git", "init", "--quiet")
    author.dvc("remote", "add", "--default", "shared", str(tmp_path / "remote"))
    author.dvc("repro")
    author.commit("Run the pipeline")
    author.dvc("push", "--run-cache")
    assert author.ran() == STAGES  # or the tests below would show nothing
    return author


def test_a_fresh_clone_gets_every_output_without_running_a_stage(author):
    clone = author.clone("reader")
    assert "data/total.json" not in clone.outputs()
    printed = clone.dvc("repro", "--pull")
    assert clone.ran() == []
    assert "Running stage" not in printed
    assert clone.outputs() == author.outputs()
    assert json.loads(clone.outputs()["metrics/report.json"]) == 6
    assert "up to date" in clone.dvc("status")


def test_pull_alone_brings_the_outputs(author):
    clone = author.clone("reader")
    clone.dvc("pull", "--run-cache")
    assert clone.outputs() == author.outputs()
    clone.dvc("repro")
    assert clone.ran() == []


def test_a_result_that_was_pushed_but_not_committed_is_found_by_its_inputs(author):
    author.set_seed(2)
    author.dvc("repro")
    author.dvc("push", "--run-cache")
    assert author.ran() == STAGES
    clone = author.clone("reader")  # of the commit with seed 1
    clone.set_seed(2)
    printed = clone.dvc("repro", "--pull")
    assert clone.ran() == []
    assert "is cached - skipping run" in printed
    assert clone.outputs() == author.outputs()


def test_only_the_stages_after_a_change_run(author):
    clone = author.clone("reader")
    pipeline = (clone.folder / "dvc.yaml").read_text()
    changed = pipeline.replace("stage.py report", "stage.py report again")
    assert changed != pipeline
    (clone.folder / "dvc.yaml").write_text(changed)
    clone.dvc("repro", "--pull")
    assert clone.ran() == ["report"]


def test_what_nobody_computed_runs(author):
    clone = author.clone("reader")
    clone.set_seed(3)
    clone.dvc("repro", "--pull")
    assert clone.ran() == STAGES
    assert json.loads(clone.outputs()["metrics/report.json"]) == 12


def test_without_the_remote_the_same_clone_runs_its_stages(author):
    """The control: it is the remote, and nothing left on this machine, that saves the work."""
    shutil.rmtree(author.folder.parent / "remote")
    clone = author.clone("reader")
    clone.dvc("repro")
    assert clone.ran()[:2] == ["numbers", "total"]


def test_going_back_to_old_params_runs_nothing_and_an_output_is_never_written_through(author):
    before = author.outputs()
    author.set_seed(2)
    author.dvc("repro")
    author.set_seed(1)
    author.dvc("repro")
    assert author.ran() == STAGES  # of seed 2
    assert author.outputs() == before


def test_an_output_and_its_cache_share_their_bytes(author):
    links = [os.stat(path).st_nlink for path in (author.folder / "data/numbers").iterdir()]
    assert links == [2, 2, 2]
