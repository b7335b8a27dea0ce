"""What one person computed, another gets from the remote: no stage runs twice.

Each run of a stage appends a line to a log outside of the repositories, so a stage that ran
cannot hide. The repositories use this project's own .dvc settings.
"""

import json
import os
import shutil

import pytest
import yaml
from repository import Repository, new_repository

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


def _set_seed(repository: Repository, seed: int) -> None:
    (repository.folder / "params.yaml").write_text(f"seed: {seed}\n")


@pytest.fixture
def author(tmp_path):
    """A repository whose pipeline ran once and is committed and pushed, with all its results."""
    author = new_repository(tmp_path, "author")
    (author.folder / "stage.py").write_text(STAGE)
    (author.folder / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE, sort_keys=False))
    _set_seed(author, 1)
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
    _set_seed(author, 2)
    author.dvc("repro")
    author.dvc("push", "--run-cache")
    assert author.ran() == STAGES
    clone = author.clone("reader")  # of the commit with seed 1
    _set_seed(clone, 2)
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
    _set_seed(clone, 3)
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
    _set_seed(author, 2)
    author.dvc("repro")
    _set_seed(author, 1)
    author.dvc("repro")
    assert author.ran() == STAGES  # of seed 2
    assert author.outputs() == before


def test_an_output_and_its_cache_share_their_bytes(author):
    links = [os.stat(path).st_nlink for path in (author.folder / "data/numbers").iterdir()]
    assert links == [2, 2, 2]
