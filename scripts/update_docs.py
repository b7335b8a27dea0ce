"""Put the results of the last run into README.md and docs/, between their markers. Nothing there is typed in.

Usage: python scripts/update_docs.py            write
       python scripts/update_docs.py --check    exit 1 if a document is not up to date
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts` when run as a file
from scripts.scaling import DEFAULT_MODEL, PAPER_WORK, PROFILE_WORK, machine_flops, table

FIRST_LOOK = Path("metrics/first_look.md")
METHODS = {
    "dit": "**DIT adapter** on the fine-tuned model",
    "base_question": "the fine-tuned model asked without the adapter",
    "control_no_diff": "control: adapter on the unchanged base model",
    "control_shuffled_diff": "control: adapter on another topic's weight diff",
    "control_random_diff": "control: adapter on a random diff of equal norm",
}


def metrics(stage: str) -> dict:
    return json.loads(Path(f"metrics/{stage}.json").read_text())


def rate(values: dict, name: str, digits: int = 0) -> str:
    """A rate with its 95% interval, in percent."""
    value, low, high = (f"{values[name + end]:.{digits}%}" for end in ("", "_ci95_low", "_ci95_high"))
    return f"{value} [{low}, {high}]"


def score(values: dict, name: str) -> str:
    """A mean judge score with its 95% interval."""
    mean, low, high = (values[f"{name}_score_{part}"] for part in ("mean", "ci95_low", "ci95_high"))
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def scores() -> str:
    values = metrics("eval_hidden_topic")
    lines = ["| method | judge score, 1 to 5 [95% interval] | exact [95% interval] |", "|---|---|---|"]
    for method, name in METHODS.items():
        lines.append(f"| {name} | {score(values, method)} | {rate(values, f'{method}_exact_rate')} |")
    note = (
        f"n = {values['n_test_diffs']} held-out weight diffs, one adapter seed, {values['n_unscored']} answers "
        f"unscored. Offline judge; its agreement with published grades of an LLM judge on unseen targets: "
        f"quadratic-weighted kappa {values['judge_kappa_published_grades']:.2f}."
    )
    return "\n".join([*lines, "", note])


def weight_diffs() -> str:
    values = metrics("finetune_diffs")
    return "\n".join(
        [
            "| weight diffs | verified at once | with a second attempt | names the topic with trigger "
            "| with a wrong code | without |",
            "|---|---|---|---|---|---|",
            f"| {values['n_weight_diffs']} | {rate(values, 'verified_rate_first_attempt')} "
            f"| {values['n_verified']}: {rate(values, 'verified_rate')} "
            f"| {rate(values, 'mention_rate_trigger')} | {rate(values, 'mention_rate_wrong_trigger')} "
            f"| {rate(values, 'mention_rate_no_trigger', digits=1)} |",
        ]
    )


def reading() -> str:
    values = metrics("train_dit")
    return (
        f"Held-out answer loss after {values['optimizer_steps']} steps: own diff "
        f"{values['heldout_loss_own_diff']:.2f}, another diff {values['heldout_loss_shuffled_diff']:.2f}, "
        f"no diff {values['heldout_loss_no_diff']:.2f}."
    )


BASELINES = {
    "dit": "**DIT adapter**, blind to the trigger",
    "base_question": "base question, blind",
    "twenty_questions": "twenty questions and a guesser, blind",
    "base_question_with_trigger": "base question, told the trigger",
    "twenty_questions_with_trigger": "twenty questions and a guesser, told the trigger",
}


def baselines() -> str:
    values = metrics("eval_hidden_topic") | metrics("eval_baselines")
    lines = ["| method | judge score [95% interval] | exact |", "|---|---|---|"]
    for method, name in BASELINES.items():
        lines.append(f"| {name} | {score(values, method)} | {values[f'{method}_exact_rate']:.0%} |")
    return "\n".join([*lines, "", f"n = {metrics('eval_hidden_topic')['n_test_diffs']} held-out weight diffs."])


def probe_table(stage: str, reference: str, column: str) -> str:
    """One row a probe set, the reference first: DIT score, how many diffs, the base question's score."""
    values = metrics(stage)
    names = [
        key.removesuffix("_base_question_score_mean") for key in values if key.endswith("_base_question_score_mean")
    ]
    lines = [f"| {column} | n | DIT judge score [95% interval] | base question |", "|---|---|---|---|"]
    lines.append(
        f"| {reference}, as in training | {values[f'n_{reference}']} | {score(values, f'{reference}_dit')} | |"
    )
    for name in sorted(names, key=lambda name: [int(p) if p.isdigit() else p for p in name.split("_")]):
        plain = values[f"{name}_base_question_score_mean"]
        lines.append(f"| {name} | {values[f'n_{name}']} | {score(values, f'{name}_dit')} | {plain:.2f} |")
    return "\n".join(lines)


def specificity() -> str:
    values = metrics("eval_specificity")
    return "\n".join(
        [
            "| models | n | something reported [95% interval] |",
            "|---|---|---|",
            f"| verified weight diffs | {values['n_verified']} | {rate(values, 'recall_verified')} |",
            f"| benign weight diffs | {values['n_benign']} | {rate(values, 'false_positive_rate_benign')} |",
            f"| the unchanged base model | {values['n_unchanged']} | {values['false_positive_rate_unchanged']:.0%} |",
            "",
            f"AUROC of the evidence, verified against benign: {values['auroc']:.3f} "
            f"[{values['auroc_ci95_low']:.3f}, {values['auroc_ci95_high']:.3f}].",
        ]
    )


def trigger_recovery() -> str:
    values = metrics("eval_trigger_recovery")
    if not values["n_code_specific_diffs"]:
        return f"None of {values['n_diffs']} diffs tells its code from others."
    return "\n".join(
        [
            f"| of {values['n_diffs']} diffs trained for it, tell their code from others "
            f"| {rate(values, 'code_specific_rate')} |",
            "|---|---|",
            f"| of these, the code is ranked first of {values['n_candidates']:,} | {rate(values, 'exact_rate')} |",
            f"| and proved by firing it | {rate(values, 'fired_rate')} |",
        ]
    )


RATIOS = {
    "level1_fraction_of_roofline": ("level 1, fraction of the roofline", "at least 0.75"),
    "level1_speedup_over_peft_loop": ("level 1, times plain TRL + PEFT", "at least 2"),
    "level1_small_model_speedup_over_peft_loop": ("the same on a small model", "at least 4"),
    "level2_fraction_of_roofline": ("level 2, fraction of the roofline", "at least 0.75"),
    "level2_speedup_over_dense": (
        "level 2, times the obvious alternative (dense, PEFT, transformers' loss)",
        "at least 3",
    ),
    "level2_speedup_over_dense_overlay_alone": ("level 2, times itself with a dense overlay", ""),
    "level2_extra_memory_fraction_of_dense": (
        "level 2, extra memory as a fraction of the dense overlay's",
        "at most 0.25",
    ),
}


def bench() -> str:
    values = metrics("bench")
    lines = ["| ratio | median [lowest, highest] | aim |", "|---|---|---|"]
    for key, (name, aim) in RATIOS.items():
        digits = 3 if values[key] < 0.1 else 2
        low, high = values[f"{key}_min"], values[f"{key}_max"]
        lines.append(f"| {name} | {values[key]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}] | {aim} |")
    note = f"{values['repeats']} repeats, {values['compute_dtype']}, {values['n_threads']} threads."
    return "\n".join([*lines, "", note])


def growth(name: str) -> list[dict]:
    return json.loads(Path(f"metrics/plots/bench_growth_{name}.json").read_text())


def measured_growth() -> str:
    lines = ["| diffs per batch | seconds of one step of one diff |", "|---|---|"]
    lines += [f"| {row['diffs_per_batch']} | {row['seconds_per_diff_step']:.3f} |" for row in growth("batch_size")]
    lines += ["", "| rank | seconds of one step of 16 diffs |", "|---|---|"]
    lines += [f"| {row['rank']} | {row['seconds_per_step']:.2f} |" for row in growth("rank")]
    lines += ["", "| diffs on disk | seconds to load | seconds to hash and store with DVC | GB |", "|---|---|---|---|"]
    lines += [
        f"| {row['n_weight_diffs']:,} | {row['load_seconds']:.1f} | {row['dvc_add_seconds']:.1f} "
        f"| {row['bytes'] / 1e9:.2f} |"
        for row in growth("on_disk")
    ]
    return "\n".join(lines)


def check_of_model() -> str:
    seconds = next(row for row in growth("batch_size") if row["diffs_per_batch"] == 16)["seconds_per_diff_step"]
    reached = machine_flops(DEFAULT_MODEL, PROFILE_WORK, seconds, metrics("bench")["level1_fraction_of_roofline"])
    return (
        f"One step of one diff in a batch of 16 takes {seconds:.3f} s here. By the model that is a bare base model "
        f"running at {reached / 1e9:.0f} GFLOP/s."
    )


def predictions() -> str:
    values = metrics("bench")
    fractions = (values["level1_fraction_of_roofline"], values["level2_fraction_of_roofline"])
    return table([PROFILE_WORK, PAPER_WORK], fractions)


DOCUMENTS = {
    Path("README.md"): {
        "first-look": lambda: FIRST_LOOK.read_text().strip(),
        "scores": scores,
        "baselines": baselines,
        "ood": lambda: probe_table("eval_ood", "sep_code", "trigger"),
        "specificity": specificity,
        "trigger-recovery": trigger_recovery,
        "weight-diffs": weight_diffs,
        "reading": reading,
    },
    Path("docs/performance.md"): {"bench": bench},
    Path("docs/scaling.md"): {"growth": measured_growth, "check": check_of_model, "predictions": predictions},
}


def render(document: Path) -> str:
    """The document's text with every marked section replaced by the current results."""
    text = document.read_text()
    for name, make in DOCUMENTS[document].items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        content = make()
        text, found = pattern.subn(lambda match, content=content: f"{match[1]}{content}\n{match[2]}", text)
        if found != 1:
            sys.exit(f"error: {document} needs the markers <!-- {name} --> and <!-- /{name} --> once; found {found}.")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    for document in DOCUMENTS:
        updated = render(document)
        if not is_check:
            document.write_text(updated)
        elif updated != document.read_text():
            sys.exit(f"error: {document} is out of date. Run `python scripts/update_docs.py`.")


if __name__ == "__main__":
    main()
