"""metrics/*.json is exact and repeatable; MLflow mirrors a run and can fail without hurting it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import yaml
from mlflow import MlflowClient

from weightscribe.tracking import TrackedRun, tracked_run, write_metrics

SURROUNDINGS = [
    "DVC_ROOT",
    "DVC_STAGE",
    "DVC_EXP_NAME",
    "DVC_EXP_BASELINE_REV",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_EXPERIMENT_NAME",
]


@dataclass(frozen=True)
class Weights:
    no_trigger: float


@dataclass(frozen=True)
class Params:
    seed: int
    learning_rate: float
    weights: Weights


PARAMS = Params(0, 1e-3, Weights(5.0))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database with MLflow's tables in it: making them takes four seconds, copying none."""
    folder = tmp_path_factory.mktemp("mlflow")
    MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db").search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def project(tmp_path, monkeypatch, empty_database):
    """An empty working folder with a tracking database, cut off from the surrounding repository."""
    for name in SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.setenv(name, "1")
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def client(project):
    return MlflowClient(tracking_uri=f"sqlite:///{project}/mlflow.db")


def runs(project, experiment="weightscribe"):
    found = client(project).get_experiment_by_name(experiment)
    return client(project).search_runs([found.experiment_id]) if found else []


def git(*arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    done = subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_run_reads_back_as_it_was_written(project):
    (project / "report.md").write_text("fine")
    rows = [{"name": "a", "score": 4.5}, {"name": "b", "score": None, "note": "unscored"}]
    with tracked_run("train_dit_adapter", PARAMS) as run:
        run.metrics({"score_mean": np.float32(0.5), "n_weight_diffs": np.int64(3), "device": "cpu"})
        run.curve("loss", [3.0, 2.0, 1.5])
        run.curve("now_and_then", [4.0, 3.5], [1, 4])
        run.table("answers", rows)
        run.artifact(project / "report.md")
    (found,) = runs(project)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "train_dit_adapter"
    assert found.data.metrics == {"score_mean": 0.5, "n_weight_diffs": 3.0, "loss": 1.5, "now_and_then": 3.5}
    assert found.data.tags["device"] == "cpu"
    assert found.data.params == {
        "seed": "0",
        "learning_rate": "0.001",
        "weights.no_trigger": "5.0",
    }
    for name, points in (("loss", [(0, 3.0), (1, 2.0), (2, 1.5)]), ("now_and_then", [(1, 4.0), (4, 3.5)])):
        history = client(project).get_metric_history(found.info.run_id, name)
        assert sorted((point.step, point.value) for point in history) == points
    artifacts = project / "mlruns" / found.info.run_id / "artifacts"
    assert (artifacts / "report.md").read_text() == "fine"
    table = json.loads((artifacts / "answers.json").read_text())
    assert table["columns"] == ["name", "score", "note"]
    assert table["data"] == [["a", 4.5, None], ["b", None, "unscored"]]


def test_a_curve_longer_than_one_batch_is_whole(project):
    with tracked_run("stage", {}) as run:
        run.curve("loss", np.arange(2500, dtype=np.float32))
    history = client(project).get_metric_history(runs(project)[0].info.run_id, "loss")
    assert sorted(point.step for point in history) == list(range(2500))
    assert all(point.value == point.step for point in history)


def test_more_params_than_one_batch_are_whole(project):
    with tracked_run("stage", {f"key_{n}": n for n in range(250)}):
        pass
    assert len(runs(project)[0].data.params) == 250


def test_a_folder_is_copied_whole(project):
    (project / "plots/deep").mkdir(parents=True)
    (project / "plots/deep/a.svg").write_text("<svg/>")
    with tracked_run("stage", {}) as run:
        run.artifact(project / "plots")
    (copied,) = (project / "mlruns").rglob("a.svg")
    assert copied.parts[-3:] == ("plots", "deep", "a.svg")


def test_tags_tie_the_run_to_git_and_dvc(project, monkeypatch):
    git("init", "-q")
    (project / "params.yaml").write_text("seed: 0\n")
    (project / ".gitignore").write_text("mlflow.db\nmlruns/\n")
    git("add", "params.yaml", ".gitignore")
    git("commit", "-q", "-m", "start")
    lock = {"stages": {"train@0": {"cmd": "true"}, "other": {}}}
    (project / "dvc.lock").write_text(yaml.safe_dump(lock))  # written by runs: not dirty
    monkeypatch.setenv("DVC_STAGE", "train@0")
    monkeypatch.setenv("DVC_EXP_NAME", "brave-owl")
    monkeypatch.setenv("DVC_EXP_BASELINE_REV", "f00")

    def tags():
        with tracked_run("train", PARAMS):
            pass
        return runs(project)[0].data.tags  # newest first

    first = tags()
    assert first["mlflow.source.git.commit"] == git("rev-parse", "HEAD")
    assert first["git_dirty"] == "false"
    assert (first["stage"], first["dvc_stage"]) == ("train", "train@0")
    assert (first["dvc_exp_name"], first["dvc_exp_baseline_rev"]) == ("brave-owl", "f00")
    assert len(first["params_sha256"]) == 64
    lock["stages"]["train@0"]["cmd"] = "false"
    (project / "dvc.lock").write_text(yaml.safe_dump(lock))
    (project / "params.yaml").write_text("seed: 1\n")
    second = tags()
    assert second["git_dirty"] == "true"
    assert second["dvc_lock_md5_at_start"] != first["dvc_lock_md5_at_start"]
    assert second["params_sha256"] == first["params_sha256"]


def test_outside_of_git_and_dvc_the_tags_are_left_out(project):
    with tracked_run("stage", {"seed": 0}):
        pass
    tags = runs(project)[0].data.tags
    unknown = {"mlflow.source.git.commit", "git_dirty", "dvc_stage", "dvc_lock_md5_at_start"}
    assert not unknown & set(tags)


def test_other_params_give_another_hash(project):
    for seed in (0, 1, 1):
        with tracked_run("stage", {"seed": seed}):
            pass
    assert len({run.data.tags["params_sha256"] for run in runs(project)}) == 2


def test_dvc_root_is_where_the_database_lies(project, monkeypatch):
    monkeypatch.setenv("DVC_ROOT", str(project))
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    with tracked_run("stage", {}):
        pass
    assert len(runs(project)) == 1
    assert not any((project / "elsewhere").iterdir())


def test_uri_and_experiment_of_the_environment_win(project, monkeypatch):
    os.rename("mlflow.db", "mine.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mine.db")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    with tracked_run("stage", {}):
        pass
    assert not (project / "mlflow.db").exists()
    os.rename("mine.db", "mlflow.db")
    assert len(runs(project, "mine")) == 1


def test_an_error_passes_through_and_the_run_is_failed(project):
    def interrupted():
        with tracked_run("stage", {}) as run:
            run.metrics({"n": 1})
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        interrupted()
    (found,) = runs(project)
    assert found.info.status == "FAILED"
    assert found.data.metrics == {"n": 1.0}


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:////proc/none/mlflow.db", "ftp://x"])
def test_an_unreachable_server_costs_one_line_and_nothing_else(project, monkeypatch, capfd, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with tracked_run("stage", PARAMS) as run:
        run.metrics({"n": 1})
        run.curve("loss", [1.0])
        run.table("answers", [{"a": 1}])
        run.artifact(project / "mlflow.db")
        write_metrics("stage", {"n": 1})
    assert json.loads((project / "metrics/stage.json").read_text()) == {"n": 1}
    warnings = [line for line in capfd.readouterr().err.splitlines() if "warning: MLflow" in line]
    assert len(warnings) == 1


def test_the_first_failing_call_warns_and_the_later_ones_are_silent(capsys):
    class Broken:
        calls = 0

        def log_batch(self, *_, **__):
            self.calls += 1
            raise RuntimeError("database\nis locked")

    broken = Broken()
    run = TrackedRun(broken, "id")
    run.metrics({"n": 1})
    run.curve("loss", [1.0])
    assert broken.calls == 1
    assert capsys.readouterr().err.splitlines() == [
        "warning: MLflow does not record this run (RuntimeError: database is locked); metrics/ is whole."
    ]


def test_importing_the_module_does_not_import_mlflow():
    code = "import sys, weightscribe.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_metrics_are_rounded_sorted_and_the_same_bytes_each_time(project):
    values = {"score_mean": 3.14159265, "n": np.int64(12), "loss": np.float32(0.1), "kind": "topic"}
    write_metrics("stage", values)
    first = (project / "metrics/stage.json").read_bytes()
    write_metrics("stage", dict(reversed(values.items())))
    assert (project / "metrics/stage.json").read_bytes() == first
    assert json.loads(first) == {"kind": "topic", "loss": 0.1, "n": 12, "score_mean": 3.14159}


@pytest.mark.parametrize("wrong", [{"a": 1}, [1, 2], None, float("nan"), float("-inf"), np.ones(2)])
def test_nested_missing_and_not_finite_metrics_are_refused(project, wrong):
    with pytest.raises(ValueError, match="Metric 'score'"):
        write_metrics("stage", {"n": 1, "score": wrong})
    assert not (project / "metrics").exists()
