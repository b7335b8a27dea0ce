"""A folder of made-up metrics; those of adapters and families are made by the code that makes the real ones."""

import random
import shutil

import pytest
from exact import Exact

from weightscribe.ask.answers_file import Answer
from weightscribe.ask.family_methods import LISTS
from weightscribe.ask.methods import METHODS
from weightscribe.behaviors.families.benign import NOTHING
from weightscribe.evaluate.adapter_seeds import of_kinds, score_metrics
from weightscribe.evaluate.cross_behavior import adapter_metrics, matrix
from weightscribe.evaluate.first_look import first_look
from weightscribe.evaluate.gains import lever_gains, lists_over_shown, more_families_gain
from weightscribe.evaluate.graded_reports import GradedReport
from weightscribe.evaluate.grading import Graded, summarize
from weightscribe.evaluate.left_out import n_left_out_above_controls
from weightscribe.evaluate.variants import curve, over_seeds
from weightscribe.levers import false_reports
from weightscribe.levers import score as lever_score
from weightscribe.report import claim_tables, request_tables
from weightscribe.report.metrics import Metrics
from weightscribe.several import score as several_score
from weightscribe.statistics import bootstrap_mean
from weightscribe.storage import write_json

DIFFS = [f"d{number}" for number in range(6)]
FAMILIES = ["hidden_topic", "news", "persona"]
ADAPTERS = ["base_question", *(f"only_{f}" for f in FAMILIES), "joint", *(f"without_{f}" for f in FAMILIES)]
ANSWER = "<script>alert('x')</script> **loud** [link](http://x) & co"
UNSCORED = {"method": "dit", "score": None}
KAPPA = {"judge_kappa_published_grades": 0.87}


def graded(*methods):
    """Scores that differ between methods, from 1 to 5."""
    draw = random.Random(0)
    return [
        Graded(method, diff, "Chess", ANSWER if diff == "d0" else "Chess", draw.uniform(1, 5), draw.random() < 0.5)
        for method in methods
        for diff in DIFFS
    ]


def rates(*names):
    draw = random.Random(1)
    made = {}
    for name in names:
        made |= bootstrap_mean([draw.random() for _ in DIFFS]).as_rate(name)
    return made


def write_hidden_topic(folder):
    rows = graded(*METHODS)
    write_json(folder / "eval_hidden_topic.json", summarize(rows, 0) | KAPPA)
    write_json(
        folder / "plots/eval_hidden_topic_scores.json",
        [{"method": r.method, "score": r.score} for r in rows] + [UNSCORED],
    )
    (folder / "first_look.md").write_text(first_look(rows))
    others = ("twenty_questions", "base_question_with_trigger", "twenty_questions_with_trigger")
    write_json(folder / "eval_baselines.json", summarize(graded("dit", *others), 0) | KAPPA)


def write_probes(folder):
    sets = ["marker_end", "word"]
    methods = ["sep_code_dit", *(f"{name}_{method}" for name in sets for method in ("dit", "base_question"))]
    counts = {"n_sep_code": 12, "n_marker_end": 9, "n_word": 7, "n_word_fresh": 4}
    fresh = summarize(graded("word_fresh_dit"), 0)
    write_json(folder / "eval_ood.json", fresh | summarize(graded(*methods), 0) | counts)
    sets = ["rank_16", "rank_2", "rank_full"]
    methods = ["rank_1_dit", *(f"{name}_{method}" for name in sets for method in ("dit", "base_question"))]
    methods += [f"rank_full_{kind}" for kind in ("x1", "x2", "x4", "cut_1", "cut_16")]
    counts = {"n_rank_1": 12, "n_rank_16": 11, "n_rank_2": 10, "n_rank_full": 6}
    write_json(folder / "eval_rank.json", summarize(graded(*methods), 0) | counts)


def write_variants(folder):
    rows = graded("main", "seed_1", "seed_2")
    write_json(folder / "eval_seeds.json", summarize(rows, 0) | over_seeds(rows, 0) | KAPPA)
    rows = graded("main", "diffs_8")
    write_json(folder / "eval_data_scaling.json", summarize(rows, 0) | KAPPA | {"main_n_diffs": 258})
    write_json(folder / "plots/eval_data_scaling.json", curve(rows, {"main": 258, "diffs_8": 8}, 0))


def write_specificity(folder):
    names = ("recall_verified", "false_positive_rate_benign", "false_positive_rate_unchanged", "auroc")
    write_json(folder / "eval_specificity.json", rates(*names) | {"n_verified": 51, "n_benign": 24, "n_unchanged": 1})
    rows = [{"predicted": 0.125, "observed": 0.25, "n": 15}, {"predicted": 0.75, "observed": 1.0, "n": 14}]
    write_json(folder / "plots/eval_specificity_calibration.json", rows)
    counts = {"n_diffs": 12, "n_code_specific_diffs": 11, "n_candidates": 2048}
    write_json(folder / "eval_trigger_recovery.json", rates("code_specific_rate", "exact_rate", "fired_rate") | counts)


def write_claims(folder):
    names = [f"{arm}_{name}" for arm in claim_tables.ARMS for name in claim_tables.ROWS]
    counts = {f"{arm}_n_{kind}": n for arm in claim_tables.ARMS for kind, n in (("gated", 22), ("ungated", 7))}
    counts |= {f"{arm}_{n}": 6 for arm in claim_tables.ARMS for n in claim_tables.OWN_N.values()}
    counts |= {"n_candidates": 2048, "user_tokens_exact_gain_n": 21}
    write_json(folder / "eval_claims.json", rates(*names, "user_tokens_exact_gain") | counts)
    for arm in claim_tables.ARMS:
        write_json(folder / "claims" / f"{arm}.json", rates("verified_rate"))
        write_json(folder / "claim_adapters" / f"{arm}.json", {"n_weight_diffs": 84})


def write_levers(folder):
    rows = {seed: graded("first", "all_sft", "dpo", "own_lever") for seed in (0, 1)}
    draw = random.Random(2)
    names = {f"benign-{diff}": "own_answers" if diff in DIFFS[:4] else "other_answers" for diff in DIFFS}
    answers = {
        seed: [
            Answer(row.method, f"folder/{name}", target, NOTHING if draw.random() < share else row.answer)
            for row in own
            for name, target, share in ((row.diff, row.target, 0.2), (f"benign-{row.diff}", None, 0.7))
        ]
        for seed, own in rows.items()
    }
    write_json(
        folder / "eval_levers.json",
        lever_score.summarize(rows, 0) | false_reports.summarize(answers, names, 0) | KAPPA,
    )


def write_requests(folder):
    families = ("refusal", "brand", "benign")
    names = [f"{family}_{name}" for family in families[:2] for name in request_tables.ROWS]
    names += [f"{family}_nats" for family in families]
    counts = {f"{family}_n": 11 for family in families}
    write_json(folder / "eval_requests.json", rates(*names, "auroc") | counts | {"n_candidates": 1024})


def write_several(folder):
    draw = random.Random(3)
    topics = ["Chess", "Tea", "Jazz", "Silk"]

    def answers():
        rows = [Answer("single", diff, topics[0], draw.choice([topics[0], NOTHING])) for diff in DIFFS]
        for kind in ("sum", "taught"):
            couples = [draw.sample(topics, 2) for _ in DIFFS]
            said = ["; ".join(draw.sample(couple, draw.choice([1, 2]))) for couple in couples]
            own = zip(DIFFS, couples, said, strict=True)
            rows += [Answer(kind, diff, "; ".join(couple), answer) for diff, couple, answer in own]
        return [*rows, *(Answer("benign", diff, None, draw.choice(["Tea", NOTHING])) for diff in DIFFS)]

    asked = {name: {0: answers()} for name in ("singles", "sums", "own_adapter")}
    values = several_score.summarize(asked, "singles", Exact(), 0) | {"n_adapter_seeds": 1}
    write_json(folder / "eval_several.json", values)
    write_json(folder / "finetune_several.json", {"n_weight_diffs": 24, "n_verified": 20} | rates("verified_rate"))


def family_reports(adapter):
    """Answers of every kind to one adapter, some right and some wrong."""
    draw = random.Random(adapter)
    rows = []
    for family in FAMILIES:
        ways = ("contrast", "evident", "anyquestion", "tried")
        levers = [shuffled + lever for lever in ways for shuffled in ("", "shuffled")]
        for method in ("specific", "general", "shuffled", "nodiff", *levers, "ranked", "shown", "story"):
            for diff in DIFFS:
                named = draw.choice(FAMILIES)
                rows.append((method, family, diff, "a pirate", "a cook", named, float(draw.randint(1, 5)), 3.0))
    for stand_in in ("benign", "unchanged", "random"):
        rows += [
            ("general", stand_in, diff, NOTHING, draw.choice([NOTHING, "a cook"]), None, None, 2.0) for diff in DIFFS
        ]
    rows += [("tried", "benign", diff, NOTHING, draw.choice(["", "a cook"]), None, None, None) for diff in DIFFS]
    target = "It brings up Chess; It speaks as a pirate"
    rows += [
        (method, kind, "x", target, "It brings up Chess", None, None, 9.0)
        for kind in ("pair", "combined")
        for method in ("general", "ranked", "tried", "shown")
    ]
    rows += [
        ("checklist", kind, x, target, "It brings up Chess", None, None, 9.0)
        for kind in ("pair", "combined")
        for x in "xy"
    ]
    return [GradedReport(adapter, *row) for row in rows]


def write_cross_behavior(folder):
    reports = of_kinds({adapter: family_reports(adapter) for adapter in (*ADAPTERS, "without_news_seed_1")})
    reports["base_question"] = [row for row in reports["base_question"] if row.method in ("specific", "story")]
    values = {}
    for own in reports.values():
        values |= adapter_metrics(own, lambda rubric: Exact(), seed=0)
    joint, never_saw = dict.fromkeys(FAMILIES, "joint"), {family: f"without_{family}" for family in FAMILIES}
    values |= lever_gains(reports, joint, 0, "_seen") | lists_over_shown(reports, joint, 0, "_seen")
    values |= lists_over_shown(reports, never_saw, 0)
    values |= more_families_gain(reports, FAMILIES, 0)
    write_json(folder / "eval_cross_behavior.json", values)
    write_left_out(folder, {name: own for name, own in reports.items() if name == "base_question" or "without" in name})
    write_json(folder / "plots/eval_cross_behavior.json", matrix(values, ADAPTERS, FAMILIES))


def write_left_out(folder, reports):
    """The same diffs, without lists."""
    values = {}
    for own in reports.values():
        values |= score_metrics([row for row in own if row.method not in LISTS], seed=0)
    values |= lever_gains(reports, {family: f"without_{family}" for family in FAMILIES}, 0)
    write_json(folder / "eval_left_out.json", values | n_left_out_above_controls(values, FAMILIES))


def write_training(folder):
    names = ("verified_rate", "verified_rate_first_attempt", "mention_rate_trigger", "mention_rate_wrong_trigger")
    counts = {"n_weight_diffs": 317, "n_verified": 311}
    write_json(folder / "finetune_diffs.json", rates(*names, "mention_rate_no_trigger") | counts)
    losses = {"own_diff": 0.08, "shuffled_diff": 8.28, "no_diff": 5.74}
    write_json(
        folder / "train_dit.json", {f"heldout_loss_{k}": v for k, v in losses.items()} | {"optimizer_steps": 170}
    )
    write_json(folder / "plots/train_dit_loss.json", [{"step": s, "loss": 6.0 / s} for s in range(1, 35)])
    write_json(folder / "plots/train_dit_heldout_loss.json", [{"step": s} | losses for s in (0, 17, 34)])
    agreement = {"n": 900, "kappa_quadratic": 0.866, "kappa_ci95_low": 0.84, "kappa_ci95_high": 0.89}
    agreement |= {"mean_absolute_error": 0.31, "mean_absolute_error_always_median": 1.42}
    write_json(
        folder / "eval_judge.json", {f"{r}_{k}": v for r in ("topics", "summaries") for k, v in agreement.items()}
    )


WRITERS = (
    write_hidden_topic,
    write_probes,
    write_variants,
    write_specificity,
    write_claims,
    write_levers,
    write_requests,
    write_several,
    write_cross_behavior,
    write_training,
)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    for write in WRITERS:
        write(folder)
    return folder


@pytest.fixture
def folder(made_once, tmp_path):
    return shutil.copytree(made_once, tmp_path / "metrics")


@pytest.fixture
def metrics(folder):
    return Metrics(folder)
