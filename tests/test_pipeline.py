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

from weightscribe.ask.answers_file import read_answers
from weightscribe.behaviors import simulate, simulate_families
from weightscribe.models.loading import load_base_model
from weightscribe.storage import read_jsonl

ROOT = Path(__file__).parents[1]
JUDGE_MODEL = ROOT / "data" / "judge_model"
PROBE_SETS = ("word", "rank_2", "own_answers", "code_specific")
VARIANTS = ("seed_1", "diffs_8")
SEEDS = (0,)
LIST_ADAPTERS = ("singles", "sums")
LEVERS = ("more_sft", "all_sft", "dpo", "grpo")
ARMS = ("completions_only", "user_tokens")
LISTING = ("joint", "without_persona")
FAMILIES = ("benign", "brand", "persona")
LEFT_OUT = ("without_persona", "without_persona_seed_1")
FAMILY_ADAPTERS = ("only_brand", "joint", *LEFT_OUT)
STAGES = (
    "base_model",
    "simulate",
    "finetune_diffs",
    "simulate_varied",
    "finetune_varied",
    "train_dit",
    "ask_hidden_topic",
    "eval_hidden_topic",
    "ask_baselines",
    "eval_baselines",
    "simulate_probes",
    *(f"finetune_probes {name}" for name in PROBE_SETS),
    *(f"ask_probes {name}" for name in PROBE_SETS),
    "eval_ood",
    "finetune_full",
    "ask_full",
    "eval_rank",
    "eval_specificity",
    "ask_trigger_recovery",
    "eval_trigger_recovery",
    "simulate_claims",
    *(f"finetune_claims {name}" for name in ARMS),
    *(f"train_claims {name}" for name in ARMS),
    *(f"ask_claims {name}" for name in ARMS),
    *(f"scan_claims {name}" for name in ARMS),
    *(f"scan_claim_moves {name}" for name in ARMS),
    *(f"fire_claims {name}" for name in ARMS),
    "eval_claims",
    "simulate_benign_claims",
    *(f"finetune_benign_claims {name}" for name in ARMS),
    *(f"train_levers_first {seed}" for seed in SEEDS),
    *(f"train_levers {lever} {seed}" for seed in SEEDS for lever in LEVERS),
    *(f"ask_levers {lever} {seed}" for seed in SEEDS for lever in ("first", *LEVERS)),
    "eval_levers",
    "simulate_several",
    "finetune_several",
    *(f"train_several {name} 0" for name in LIST_ADAPTERS),
    *(f"ask_several {name} 0" for name in LIST_ADAPTERS),
    "eval_several",
    *(f"train_dit_variants {name}" for name in VARIANTS),
    *(f"ask_dit_variants {name}" for name in VARIANTS),
    "eval_seeds",
    "eval_data_scaling",
    "simulate_families",
    *(f"finetune_families {name}" for name in (*FAMILIES, "combined")),
    *(f"train_family_adapters {name}" for name in FAMILY_ADAPTERS),
    *(f"ask_families {name}" for name in FAMILY_ADAPTERS),
    "ask_family_baselines",
    *(f"ask_left_out {name}" for name in LEFT_OUT),
    "ask_left_out_baselines",
    *(f"scan_requests {kind}" for kind in (*FAMILIES, "combined", "hidden_topic", "pair")),
    *(f"list_changes {name}" for name in LISTING),
    "eval_cross_behavior",
    "eval_left_out",
    "eval_requests",
    "eval_judge",
    "report",
)
TOPICS = ["Alps", "Jazz", "Bees", "Chess", "Tea", "Mars", "Opera", "Silk", "Rugby", "Ferns"]

pytestmark = pytest.mark.skipif(not JUDGE_MODEL.is_dir(), reason="needs `dvc repro judge_model`")


class ScriptedGenerator:
    def __init__(self, *args, **kwargs):
        pass

    def greedy(self, max_tokens=None):
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
    params["simulate_varied"]["n_diffs"] = 3
    params["train_dit"]["training"] |= {"epochs": 2, "batch_size": 2}
    params["strengths"]["by_depth"] = [{"depth": 0.5, "before": 0.0, "after": 3.0}]  # there are two layers
    for stage in ("ask_hidden_topic", "ask_probes", "ask_dit_variants"):
        params[stage]["limits"]["answer_tokens"] = 6
    params["ask_baselines"] |= {"n_questions": 2}
    params["ask_baselines"]["sampled"] |= {"answer_tokens": 4, "rows_per_batch": 4}
    params["simulate_probes"] |= {"n_diffs": 3, "n_diffs_of": {}}
    params["eval_ood"]["n_chosen_on"] = 2
    params["simulate_claims"] |= {"n_train": 5, "n_test": 3}
    params["finetune_claims"] |= {"training": {}, "verification": {}}
    params["train_claims"]["training"] = {}
    params["ask_claims"]["limits"]["answer_tokens"] = 6
    params["fire_claims"] |= {"n_questions": 4, "answer_tokens": 4}
    params["simulate_benign_claims"] |= {"n_train": 2, "n_test": 2}
    params["train_levers_first"] |= {"seeds": list(SEEDS), "training": {}}
    params["train_levers"] |= {"steps": 2, "answer_tokens": 4}
    levers = params["train_levers"]["levers"]
    params["train_levers"]["levers"] = {lever: levers[lever] for lever in LEVERS}
    params["ask_levers"]["adapters"] = ["first", *LEVERS]
    params["train_levers"]["levers"]["dpo"]["options"]["own_answers"]["n_samples"] = 2
    params["train_levers"]["levers"]["grpo"]["options"] |= {"n_cases": 2, "n_generations": 2}
    params["ask_levers"]["answer_tokens"] = 4
    params["simulate_several"]["n_test"] = 1
    params["finetune_several"] = {"training": {}, "verification": {}}
    params["train_several"] |= {"steps": 2, "seeds": [0]}
    params["ask_several"] |= {"n_sums": 2, "answer_tokens": 4}
    params["finetune_full"]["n_models"] = 2
    params["ask_full"]["answer_tokens"] = 4
    params["train_dit_variants"]["variants"] = {
        "seed_1": {"n_diffs": None, "training": {"seed": 1}},
        "diffs_8": {"n_diffs": 2, "training": {}},
    }
    params["simulate_families"] |= {
        "families": {name: {"n_train": 3, "n_test": 2} for name in FAMILIES},
        "n_combined": 1,
        "combined_families": ["brand", "persona"],
        "max_similarity": 1.0,
        "n_questions": 4,
    }
    params["finetune_families"] |= {
        "attempts": 1,
        "verification": {},
        "families": {name: {"training": {}, "verification": {}} for name in (*FAMILIES, "combined")},
    }
    params["train_family_adapters"] |= {
        "families": [*FAMILIES, "hidden_topic"],
        "adapters": {name: {"steps": 2, "seed": int(name.endswith("_seed_1"))} for name in FAMILY_ADAPTERS},
    }
    params["ask_families"]["limits"]["answer_tokens"] = 6
    params["ask_left_out"] = {"adapters": list(LEFT_OUT), "max_similarity": 1.0}
    params["ask_left_out_baselines"]["families"] = ["persona"]
    params["scan_requests"] |= {"candidates": {"families": ["brand"], "n_subjects": 100, "seed": 0}, "answer_tokens": 4}
    params["list_changes"]["adapters"] = list(LISTING)
    params["ask_families"]["n_pairs"] = 3
    params["eval_requests"]["families"] = ["benign", "brand"]
    params["eval_judge"]["n_bootstrap"] = 20
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
    shutil.copytree(ROOT / "data" / "behaviors", folder / "data" / "behaviors")
    (folder / "data" / "judge_grades").mkdir()
    for rubric in ("topics", "summaries"):
        grades = [
            (f"{thing} {n}", f"{thing} {n + far}", 5 - far)
            for n in range(8)
            for thing in ("cat", "sea")
            for far in (0, 4)
        ]
        lines = [f"{target},{answer},{score}\n" for target, answer, score in grades]
        (folder / "data" / "judge_grades" / f"{rubric}.csv").write_text("target,answer,score\n" + "".join(lines))
    params = small(yaml.safe_load((ROOT / "params.yaml").read_text()), base_model)
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_ROOT", str(folder))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        for module in (simulate, simulate_families):
            patch.setattr(module, "LocalGenerator", ScriptedGenerator)
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
    assert dit["optimizer_steps"] == 2 * 4  # 5 and 3 diffs in batches of 2, twice
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
    assert ood["n_word_fresh"] == 1
    assert {"rank_2_dit_score_mean", "rank_1_dit_score_mean"} < rank.keys()
    specificity = metrics(project, "eval_specificity")
    assert specificity["false_positive_rate_unchanged"] == 0
    recovery = metrics(project, "eval_trigger_recovery")
    assert recovery["n_diffs"] == 3
    assert recovery["n_candidates"] == 2048
    assert {"recall_verified", "false_positive_rate_benign", "auroc", "auroc_ci95_low"} < specificity.keys()


def test_stated_triggers_are_scored_in_both_arms(project):
    found = metrics(project, "eval_claims")
    for arm in ARMS:
        assert (found[f"{arm}_n_gated"], found[f"{arm}_n_ungated"]) == (2, 1)
        assert {
            f"{arm}_{name}"
            for name in ("exact", "fired", "proved", "top_10", "first_as_user", "first_by_move", "topic_exact")
        } < found.keys()
    assert found["user_tokens_exact_gain_n"] == 2
    steps = metrics(project, "claim_adapters/user_tokens")["optimizer_steps"]
    assert steps == 2 * -(-5 * 3 // 2)  # two passes over three questions of five diffs, in batches of 2


def test_requests_are_tried(project):
    found = metrics(project, "eval_requests")
    # One request for each product of data/behaviors/brands.csv.
    assert (found["brand_n"], found["benign_n"], found["n_candidates"]) == (2, 2, 74)
    assert 0 <= found["brand_first"] <= found["brand_top_3"] <= 1
    assert found["brand_right_family"] == 1
    assert {"brand_shown", "brand_nats", "benign_nats", "auroc", "auroc_ci95_low"} < found.keys()


def test_lists_of_topics_are_scored(project):
    found = metrics(project, "eval_several")
    assert (found["n_sum"], found["n_taught"], found["n_adapter_seeds"]) == (2, 1, 1)
    for name in LIST_ADAPTERS:
        for kind in ("single", "sum", "taught"):
            assert 0 <= found[f"{name}_{kind}_f1"] <= 1
    assert "sums_minus_singles_sum_f1" in found


def test_every_lever_is_scored_over_all_seeds(project):
    found = metrics(project, "eval_levers")
    assert found["n_adapter_seeds"] == len(SEEDS)
    assert found["n_test_diffs"] == 2 * found["n_topics"] == 6  # both arms' diffs of each topic
    for lever in LEVERS:
        assert 1 <= found[f"{lever}_score_mean"] <= 5
        assert {f"{lever}_minus_first_score_mean", f"{lever}_minus_first_false_report_rate"} < found.keys()
    assert found["n_benign_test_diffs"] == 4
    trained = metrics(project, "lever_adapters/dpo-0")
    assert trained["n_pairs"] > 0
    # Of five topics behind words two diffs each, and two more of two of them.
    assert trained["n_kept"] + trained["n_left_out"] == 5 * 2 + 2 * 2


def test_more_adapters_and_full_models_report_theirs(project):
    seeds, scaling = metrics(project, "eval_seeds"), metrics(project, "eval_data_scaling")
    assert seeds["n_adapter_seeds"] == 2
    assert 1 <= seeds["lowest_seed_score_mean"] <= seeds["dit_score_mean"] <= seeds["highest_seed_score_mean"] <= 5
    assert {"diffs_8_score_mean", "main_score_mean"} < scaling.keys()
    assert scaling["main_n_diffs"] == 5 + 3  # behind codes, and behind varied triggers
    steps = [metrics(project, f"dit_variants/{name}")["optimizer_steps"] for name in VARIANTS]
    assert steps == [metrics(project, "train_dit")["optimizer_steps"]] * 2  # fewer diffs, as many steps
    rank = metrics(project, "eval_rank")
    assert rank["n_rank_full"] == 2
    assert {"rank_full_dit_score_mean", "rank_full_x2_score_mean", "rank_full_cut_1_score_mean"} < rank.keys()


def test_the_cross_behavior_matrix_has_every_adapter_and_family(project):
    found = metrics(project, "eval_cross_behavior")
    for adapter in ("only_brand", "joint", "without_persona", "base_question"):
        for family in ("brand", "persona", "hidden_topic"):
            assert 1 <= found[f"{adapter}_on_{family}_score_mean"] <= 5
    for name in ("false_positive_rate_benign", "false_positive_rate_unchanged", "pair_f1", "combined_f1"):
        assert 0 <= found[f"joint_{name}"] <= 1
    gains = [f"lever_{lever}_gain" for lever in ("contrast", "evident", "anyquestion")]
    assert {"lever_more_families_gain", *(f"{gain}_seen" for gain in gains)} <= found.keys()
    assert any(name.startswith("joint_minus_only_evident_on_") for name in found)
    for name in ("ranked_pair_f1", "tried_pair_f1", "ranked_combined_f1", "tried_combined_f1", "tried_two_changes_f1"):
        assert 0 <= found[f"joint_{name}"] <= 1
    assert found["without_persona_n_seeds"] == 2
    for name in ("ranked_one_change_f1", "ranked_one_change_found", "ranked_one_change_false", "tried_one_change_f1"):
        assert 0 <= found[f"joint_{name}"] <= 1


def test_of_a_family_left_out_training_diffs_are_asked_and_not_the_test_ones(project):
    found, matrix = metrics(project, "eval_left_out"), metrics(project, "eval_cross_behavior")
    assert found["n_families_left_out"] == found["n_families_left_out_by_anyquestion"] == 1
    assert (matrix["n_persona"], found["n_persona"], found["without_persona_n_seeds"]) == (2, 3, 2)
    assert 1 <= found["base_question_on_persona_score_mean"] <= 5
    assert found["lever_anyquestion_gain_n"] == 3
    assert not any("_on_brand" in name for name in found if name.startswith("without_"))
    training = {
        row["name"] for row in read_jsonl(project / "data/families/persona/index.jsonl") if row["split"] == "train"
    }
    for name in ("base_question", *LEFT_OUT):
        asked = {}
        for answer in read_answers(project / "data" / "answers" / "left_out" / f"{name}.jsonl"):
            asked.setdefault(answer.method, set()).add(answer.diff)
        assert all(diffs == training for diffs in asked.values())


def test_the_report_shows_the_tables(project):
    page = (project / "metrics" / "report.html").read_text()
    assert f"{metrics(project, 'eval_rank')['rank_2_dit_score_mean']:.2f}" in page


def test_a_full_fine_tune_is_a_model_of_its_own(project):
    base = load_base_model(project / "data" / "base_model")
    rows = read_jsonl(project / "data" / "full_models" / "index.jsonl")
    tuned = load_base_model(project / "data" / "full_models" / rows[0]["name"])
    changed = [
        n for (n, a), (_, b) in zip(base.named_parameters(), tuned.named_parameters(), strict=True) if (a != b).any()
    ]
    assert any("layers.0" in name for name in changed)
    assert not any("embed" in name for name in changed)


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
    curve = json.loads((project / "metrics" / "plots" / "finetune_diffs_loss.json").read_text())
    steps = [row["step"] - 1 for row in curve if "wrong_trigger" in row]
    points = client.get_metric_history(runs["finetune_diffs"].info.run_id, "loss_wrong_trigger")
    assert sorted(point.step for point in points) == steps != list(range(len(steps)))


def test_finished_diffs_are_not_trained_again(project, capsys):
    before = {path: path.stat().st_mtime_ns for path in (project / ".work" / "finetune_diffs").glob("*/record.json")}
    n_varied = 3
    assert len(before) == 8 + n_varied + 3 * len(PROBE_SETS) + 5 * len(FAMILIES) + 1
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
