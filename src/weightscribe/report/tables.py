"""The tables of the evaluation, for README.md and the report. Families have their own: family_tables.py."""

import re

from weightscribe.report.metrics import Metrics, Values
from weightscribe.report.table import Table, rate, score

METHODS = {
    "dit": "**DIT adapter** on the fine-tuned model",
    "base_question": "base question: the fine-tuned model, no adapter",
    "control_no_diff": "control: adapter on the unchanged base model",
    "control_shuffled_diff": "control: adapter on another topic's weight diff",
    "control_random_diff": "control: adapter on a random diff of equal norm",
}
BASELINES = {
    "dit": "**DIT adapter**, blind to the trigger",
    "base_question": "base question, blind",
    "twenty_questions": "twenty questions and a guesser, blind",
    "base_question_with_trigger": "base question, told the trigger",
    "twenty_questions_with_trigger": "twenty questions and a guesser, told the trigger",
}
RANK, FULL = "rank_1", "rank_full"


def scores(metrics: Metrics) -> Table:
    """The headline: the adapter beside the plain question and the controls."""
    values = metrics.values("eval_hidden_topic")
    return Table(
        ("method", "judge score, 1 to 5 [95% interval]", "exact [95% interval]"),
        tuple((name, score(values, method), rate(values, f"{method}_exact_rate")) for method, name in METHODS.items()),
        f"n = {values['n_test_diffs']} held-out weight diffs, one adapter seed, {values['n_unscored']} answers "
        f"unscored. {_who_judged(values)}",
    )


def _who_judged(values: Values) -> str:
    kappa = values.get("judge_kappa_published_grades")  # measured of the offline judge only
    if kappa is None:
        return "An LLM judge."
    return (
        "Offline judge; its agreement with published grades of an LLM judge on unseen targets: quadratic-weighted "
        f"kappa {kappa:.2f}."
    )


def baselines(metrics: Metrics) -> Table:
    """The adapter beside black-box questions, blind and told the trigger."""
    headline, others = metrics.values("eval_hidden_topic"), metrics.values("eval_baselines")
    rows = []
    for method, name in BASELINES.items():
        values = others if f"{method}_score_mean" in others else headline
        rows.append((name, score(values, method), f"{values[f'{method}_exact_rate']:.0%}"))
    note = f"n = {headline['n_test_diffs']} held-out weight diffs."
    return Table(("method", "judge score [95% interval]", "exact"), tuple(rows), note)


def weight_diffs(metrics: Metrics) -> Table:
    """How many weight diffs learned their behavior."""
    values = metrics.values("finetune_diffs")
    return Table(
        (
            "weight diffs",
            "verified at once",
            "with a second attempt",
            "names the topic with trigger",
            "with a wrong code",
            "without",
        ),
        (
            (
                str(values["n_weight_diffs"]),
                rate(values, "verified_rate_first_attempt"),
                f"{values['n_verified']}: {rate(values, 'verified_rate')}",
                rate(values, "mention_rate_trigger"),
                rate(values, "mention_rate_wrong_trigger"),
                rate(values, "mention_rate_no_trigger", digits=1),
            ),
        ),
    )


def reading(metrics: Metrics) -> str:
    """One sentence: the adapter's loss on held-out answers, under the right diff and others."""
    values = metrics.values("train_dit")
    return (
        f"Held-out answer loss after {values['optimizer_steps']} steps: own diff "
        f"{values['heldout_loss_own_diff']:.2f}, another diff {values['heldout_loss_shuffled_diff']:.2f}, "
        f"no diff {values['heldout_loss_no_diff']:.2f}."
    )


def probe_table(metrics: Metrics, stage: str, reference: str, column: str) -> Table:
    """One row a probe set, the reference first: how many diffs, DIT score, the base question's score."""
    values = metrics.values(stage)
    rows = [(f"{reference}, as in training", str(values[f"n_{reference}"]), score(values, f"{reference}_dit"), "")]
    for name in probe_sets(values):
        plain = values[f"{name}_base_question_score_mean"]
        rows.append((name, str(values[f"n_{name}"]), score(values, f"{name}_dit"), f"{plain:.2f}"))
    return Table((column, "n", "DIT judge score [95% interval]", "base question"), tuple(rows))


def ood(metrics: Metrics) -> Table:
    """Unseen triggers beside the same topics' codes; topics on which the asking was not chosen also by themselves."""
    table, values = probe_table(metrics, "eval_ood", "sep_code", "trigger"), metrics.values("eval_ood")

    def fresh(name: str) -> str:
        n = values.get(f"n_{name}_fresh")
        return f"n {n}: {score(values, f'{name}_fresh_dit')}" if n else ""

    return Table(
        (*table.header, "on fresh topics"),
        tuple((*row, fresh(row[0])) for row in table.rows),
        "How the adapter is asked was chosen on the other topics.",
    )


def probe_sets(values: dict) -> list[str]:
    """The probe sets in these metrics, numbers in their names in order, words after them."""
    ending = "_base_question_score_mean"
    names = [key.removesuffix(ending) for key in values if key.endswith(ending)]
    return sorted(names, key=lambda name: [(not p.isdigit(), int(p) if p.isdigit() else p) for p in name.split("_")])


def rank(metrics: Metrics) -> Table:
    """Higher ranks and full fine-tunes beside the same topics' rank-1 diffs."""
    return probe_table(metrics, "eval_rank", RANK, "weight diff")


def full_fine_tunes(metrics: Metrics) -> Table:
    """What helps the adapter read a full fine-tune: M' - M made stronger, or cut to a low rank."""
    values = metrics.values("eval_rank")
    found = [re.fullmatch(rf"{FULL}_(x|cut_)([\d.]+)_score_mean", key) for key in values]
    names = {
        "x": "M' - M times {}",
        "cut_": "M' - M cut to rank {}, asked as in the first row",
    }
    rows = [("as every weight diff is asked", score(values, f"{FULL}_dit"))]
    for kind, size in sorted(((m[1], m[2]) for m in found if m), key=lambda pair: (pair[0] != "x", float(pair[1]))):
        rows.append((names[kind].format(size), score(values, f"{FULL}_{kind}{size}")))
    rows.append(("base question, no adapter", score(values, f"{FULL}_base_question")))
    note = f"n = {values[f'n_{FULL}']} fully fine-tuned models."
    return Table(("full fine-tune", "judge score [95% interval]"), tuple(rows), note)


def seeds(metrics: Metrics) -> Table:
    """The headline by adapter seed, and over all of them."""
    values = metrics.values("eval_seeds")
    ending = "_exact_rate"
    names = [key.removesuffix(ending) for key in values if key.endswith(ending)]
    rows = [(name, score(values, name), rate(values, f"{name}{ending}")) for name in sorted(names)]
    rows.append(("**all seeds**, each diff's score their mean", score(values, "dit"), ""))
    note = (
        f"{values['n_adapter_seeds']} adapter seeds, n = {values['n_test_diffs']} held-out weight diffs; the seeds' "
        f"means lie from {values['lowest_seed_score_mean']:.2f} to {values['highest_seed_score_mean']:.2f}."
    )
    return Table(("adapter", "judge score [95% interval]", "exact [95% interval]"), tuple(rows), note)


def data_scaling(metrics: Metrics) -> Table:
    """Score by how many weight diffs the adapter was trained on."""
    rows = tuple(
        (str(row["n_diffs"]), f"{row['score']:.2f} [{row['low']:.2f}, {row['high']:.2f}]")
        for row in metrics.plot("eval_data_scaling")
    )
    n = metrics.values("eval_data_scaling")["n_test_diffs"]
    note = f"Equal optimizer steps. n = {n} held-out weight diffs."
    return Table(("training diffs", "judge score [95% interval]"), rows, note)


def specificity(metrics: Metrics) -> Table:
    """How often something is reported, of models that changed and that did not."""
    values = metrics.values("eval_specificity")
    return Table(
        ("models", "n", "something reported [95% interval]"),
        (
            ("verified weight diffs", str(values["n_verified"]), rate(values, "recall_verified")),
            ("benign weight diffs", str(values["n_benign"]), rate(values, "false_positive_rate_benign")),
            (
                "the unchanged base model",
                str(values["n_unchanged"]),
                f"{values['false_positive_rate_unchanged']:.0%}",
            ),
        ),
        f"AUROC of the evidence, verified against benign: {values['auroc']:.3f} "
        f"[{values['auroc_ci95_low']:.3f}, {values['auroc_ci95_high']:.3f}]. Where nothing changed, evidence is 0 by "
        "definition.",
    )


def calibration(metrics: Metrics) -> Table:
    """How often models of about that predicted chance had changed."""
    rows = tuple(
        (f"{row['predicted']:.2f}", f"{row['observed']:.2f}", str(row["n"]))
        for row in metrics.plot("eval_specificity_calibration")
    )
    return Table(("predicted chance of a change", "share changed", "n"), rows)


def trigger_recovery(metrics: Metrics) -> Table:
    """The ladder: tells its code, the code is ranked first, proved by firing."""
    values = metrics.values("eval_trigger_recovery")
    if not values["n_code_specific_diffs"]:
        return Table(note=f"None of {values['n_diffs']} diffs tells its code from others.")
    return Table(
        (
            f"of {values['n_diffs']} diffs trained for it, tell their code from others",
            rate(values, "code_specific_rate"),
        ),
        (
            (f"of these, the code is ranked first of {values['n_candidates']:,}", rate(values, "exact_rate")),
            ("and proved by firing it", rate(values, "fired_rate")),
        ),
    )


def losses(metrics: Metrics) -> Table:
    """The adapter's losses over its training."""
    training = {row["step"]: row["loss"] for row in metrics.plot("train_dit_loss")}
    rows = tuple(
        (
            str(row["step"]),
            f"{training[row['step']]:.2f}" if row["step"] in training else "",
            *(f"{row[name]:.2f}" for name in ("own_diff", "shuffled_diff", "no_diff")),
        )
        for row in metrics.plot("train_dit_heldout_loss")
    )
    return Table(("step", "training", "held out, own diff", "another diff", "no diff"), rows)


def judge(metrics: Metrics) -> Table:
    """Agreement of the offline judge with published grades."""
    values = metrics.values("eval_judge")
    rows = tuple(
        (
            rubric,
            str(values[f"{rubric}_n"]),
            f"{values[f'{rubric}_kappa_quadratic']:.2f} "
            f"[{values[f'{rubric}_kappa_ci95_low']:.2f}, {values[f'{rubric}_kappa_ci95_high']:.2f}]",
            f"{values[f'{rubric}_mean_absolute_error']:.2f}",
            f"{values[f'{rubric}_mean_absolute_error_always_median']:.2f}",
        )
        for rubric in ("topics", "summaries")
    )
    header = ("rubric", "answers", "quadratic-weighted kappa [95% interval]", "mean error", "always the median")
    return Table(header, rows, "On targets the judge was not fitted on.")
