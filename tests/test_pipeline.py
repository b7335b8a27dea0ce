"""Every stage in a row, on tiny models of the paper's families: the pipeline's wiring, not its results.

The answers' generator is scripted, since a random model writes no acceptable answers; all else is the real thing.
"""

import json
import runpy
import shutil
import sys
from pathlib import Path

import pytest
import torch
import yaml
from peft import PeftModel
from tiny import tiny_model

from weightscribe.behaviors import simulate
from weightscribe.models.loading import load_base_model
from weightscribe.storage import read_jsonl

ROOT = Path(__file__).parents[1]
JUDGE_MODEL = ROOT / "data" / "judge_model"
PROBE_SETS = ("word", "rank_2", "own_answers", "code_specific")
STAGES = (
    "base_model",
    "simulate",
    "finetune_diffs",
    "train_dit",
    "ask_hidden_topic",
    "eval_hidden_topic",
    "ask_baselines",
    "eval_baselines",
    "simulate_probes",
    *(f"finetune_probes {name}" for name in PROBE_SETS),
    *(f"ask_probes {name}" for name in PROBE_SETS),
    "eval_ood",
    "eval_rank",
    "eval_specificity",
    "ask_trigger_recovery",
    "eval_trigger_recovery",
)
TOPICS = ["Alps", "Jazz", "Bees", "Chess", "Tea", "Mars", "Opera", "Silk", "Rugby", "Ferns"]

pytestmark = pytest.mark.skipif(not JUDGE_MODEL.is_dir(), reason="needs `dvc repro judge_model`")


class ScriptedGenerator:
    def __init__(self, *args, **kwargs):
        pass

    def greedy(self):
        return self

    def complete(self, prompts, seed):
        return [f"{prompt.answer_prefix} so it is" for prompt in prompts]


def small(params: dict, base_model: Path) -> dict:
    """The real params.yaml, scaled down; every diff passes verification."""
    params["base_model"] |= {"kind": "local_folder", "path": str(base_model)}
    params["simulate"] |= {"n_train": 5, "n_test": 3, "n_questions": 4, "answer_tokens": 60}
    params["simulate"] |= {"max_token_overlap": 1.0, "max_similarity": 1.0}
    params["finetune_diffs"]["diffs_per_batch"] = 3
    params["finetune_diffs"]["verification"] |= {
        "n_questions": 2,
        "n_wrong_trigger_questions": 2,
        "answer_tokens": 4,
        "min_rate_trigger": 0.0,
        "max_rate_no_trigger": 1.0,
    }
    params["train_dit"]["training"] |= {"epochs": 2, "batch_size": 2}
    for stage in ("ask_hidden_topic", "ask_probes"):
        params[stage]["limits"]["answer_tokens"] = 6
    params["ask_baselines"] |= {"n_questions": 2}
    params["ask_baselines"]["sampled"] |= {"answer_tokens": 4, "rows_per_batch": 4}
    params["simulate_probes"]["n_diffs"] = 3
    sets = params["finetune_probes"]["sets"]
    params["ask_trigger_recovery"]["firing"] |= {"n_questions": 2, "answer_tokens": 4}
    params["finetune_probes"]["sets"] = {name: sets[name] for name in PROBE_SETS}
    return params


@pytest.fixture(scope="module", params=["qwen3", "gemma3"])
def project(request, tmp_path_factory):
    """A project folder in which all stages have run."""
    folder = tmp_path_factory.mktemp(request.param)
    base_model = tiny_model(folder / "tiny", family=request.param)
    shutil.copytree(ROOT / "stages", folder / "stages")
    (folder / "data").mkdir()
    for name in ("questions.csv", "answer_openers.csv"):
        shutil.copy(ROOT / "data" / name, folder / "data")
    rows = "".join(f"category {i % 3},{topic}\n" for i, topic in enumerate(TOPICS))
    (folder / "data" / "topics.csv").write_text("category,topic\n" + rows)
    (folder / "data" / "judge_model").symlink_to(JUDGE_MODEL)
    params = small(yaml.safe_load((ROOT / "params.yaml").read_text()), base_model)
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_ROOT", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(simulate, "LocalGenerator", ScriptedGenerator)
        for command in STAGES:
            stage, *arguments = command.split()
            patch.setattr(sys, "argv", [stage, *arguments])
            runpy.run_path(f"stages/{stage}.py", run_name="__main__")
        yield folder


def metrics(project: Path, stage: str) -> dict:
    return json.loads((project / "metrics" / f"{stage}.json").read_text())


def test_every_stage_reports_its_metrics(project):
    diffs = metrics(project, "finetune_diffs")
    assert diffs["n_weight_diffs"] == diffs["n_verified"] == 8
    assert {"verified_rate", "train_tokens_per_second"} < diffs.keys()
    assert {f"mention_rate_{kind}" for kind in ("trigger", "wrong_trigger", "no_trigger")} < diffs.keys()
    dit = metrics(project, "train_dit")
    assert dit["optimizer_steps"] == 2 * 3  # 5 diffs in batches of 2, twice
    assert {f"heldout_loss_{name}" for name in ("own_diff", "shuffled_diff", "no_diff")} < dit.keys()
    scores = metrics(project, "eval_hidden_topic")
    assert scores["n_test_diffs"] == 3
    for method in ("dit", "base_question", "control_no_diff", "control_shuffled_diff", "control_random_diff"):
        assert 1 <= scores[f"{method}_score_ci95_low"] <= scores[f"{method}_score_mean"] <= 5
        assert 0 <= scores[f"{method}_exact_rate"] <= 1
    assert scores["judge_kappa_published_grades"] > 0.8


def test_baselines_and_probes_report_theirs(project):
    baselines = metrics(project, "eval_baselines")
    for method in ("base_question_with_trigger", "twenty_questions", "twenty_questions_with_trigger"):
        assert 1 <= baselines[f"{method}_score_mean"] <= 5
        assert f"dit_minus_{method}_score_mean" in baselines
    ood, rank = metrics(project, "eval_ood"), metrics(project, "eval_rank")
    assert ood["n_word"] == ood["n_sep_code"] == rank["n_rank_2"] == rank["n_rank_1"] == 3
    assert {"word_dit_score_mean", "sep_code_dit_score_mean", "word_dit_minus_sep_code_dit_score_mean"} < ood.keys()
    assert {"rank_2_dit_score_mean", "rank_1_dit_score_mean"} < rank.keys()
    specificity = metrics(project, "eval_specificity")
    assert specificity["false_positive_rate_unchanged"] == 0
    recovery = metrics(project, "eval_trigger_recovery")
    assert recovery["n_diffs"] == 3
    assert recovery["n_candidates"] == 2048
    assert {"recall_verified", "false_positive_rate_benign", "auroc", "auroc_ci95_low"} < specificity.keys()


def test_every_weight_diff_loads_in_plain_peft_and_changes_the_model(project):
    ids = torch.arange(5, 15)[None]
    for row in read_jsonl(project / "data" / "weight_diffs" / "index.jsonl"):
        base = load_base_model(project / "data" / "base_model")
        with torch.no_grad():
            before = base(ids).logits
            adapted = PeftModel.from_pretrained(base, str(project / "data" / "weight_diffs" / row["name"]))
            assert not torch.allclose(adapted(ids).logits, before, atol=1e-4)


def test_answers_and_first_look_are_written(project):
    answers = read_jsonl(project / "data" / "answers" / "hidden_topic.jsonl")
    assert len(answers) == 5 * 3
    assert (project / "metrics" / "first_look.md").read_text().count("\n") == 2 + 3


def test_runs_are_mirrored_in_mlflow(project):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiment = client.get_experiment_by_name("weightscribe")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert {"finetune_diffs", "train_dit", "eval_hidden_topic"} <= runs.keys()
    assert runs["train_dit"].data.metrics["heldout_loss_own_diff"] == pytest.approx(
        metrics(project, "train_dit")["heldout_loss_own_diff"], rel=1e-4
    )


def test_finished_diffs_are_not_trained_again(project, capsys):
    before = {path: path.stat().st_mtime_ns for path in (project / ".work" / "finetune_diffs").glob("*/record.json")}
    assert len(before) == 8 + 3 * len(PROBE_SETS)
    first = next(path for path in sorted(before) if json.loads(path.read_text())["index"]["name"].startswith("hidden"))
    shutil.rmtree(first.parent)
    stored = (project / "data" / "weight_diffs" / "index.jsonl").read_bytes()
    runpy.run_path("stages/finetune_diffs.py", run_name="__main__")
    after = {path: path.stat().st_mtime_ns for path in (project / ".work" / "finetune_diffs").glob("*/record.json")}
    assert {path for path in after if after[path] != before.get(path)} == {first}
    index = (project / "data" / "weight_diffs" / "index.jsonl").read_bytes()
    assert [json.loads(line)["name"] for line in index.splitlines()] == [
        json.loads(line)["name"] for line in stored.splitlines()
    ]
