"""Put the results of the last run into README.md, between its markers. Nothing there is typed in.

Usage: python scripts/update_readme.py            write
       python scripts/update_readme.py --check    exit 1 if README.md is not up to date
"""

import argparse
import json
import re
import sys
from pathlib import Path

README = Path("README.md")
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


def scores() -> str:
    values = metrics("eval_hidden_topic")
    lines = ["| method | judge score, 1 to 5 [95% interval] | exact [95% interval] |", "|---|---|---|"]
    for method, name in METHODS.items():
        mean, low, high = (values[f"{method}_score_{part}"] for part in ("mean", "ci95_low", "ci95_high"))
        lines.append(f"| {name} | {mean:.2f} [{low:.2f}, {high:.2f}] | {rate(values, f'{method}_exact_rate')} |")
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


SECTIONS = {
    "first-look": lambda: FIRST_LOOK.read_text().strip(),
    "scores": scores,
    "weight-diffs": weight_diffs,
    "reading": reading,
}


def render(text: str) -> str:
    """`text` with every marked section replaced by the current results."""
    for name, make in SECTIONS.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        content = make()
        text, found = pattern.subn(lambda match, content=content: f"{match[1]}{content}\n{match[2]}", text)
        if found != 1:
            sys.exit(f"error: README.md needs the markers <!-- {name} --> and <!-- /{name} --> once; found {found}.")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    text = README.read_text()
    updated = render(text)
    if parser.parse_args().check:
        sys.exit(0 if updated == text else "error: README.md is out of date. Run `python scripts/update_readme.py`.")
    README.write_text(updated)


if __name__ == "__main__":
    main()
