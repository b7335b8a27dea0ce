"""Put the results of the last run into README.md and docs/, between their markers, and draw docs/plots/.

Usage: python scripts/update_docs.py            write
       python scripts/update_docs.py --check    exit 1 if a document is not up to date
"""

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `scripts` when run as a file
from scripts.scaling import DEFAULT_MODEL, PAPER_WORK, PROFILE_WORK, machine_flops, table

from weightscribe.errors import WeightscribeError
from weightscribe.report import (
    claim_tables,
    family_tables,
    lever_tables,
    plots,
    request_tables,
    several_tables,
    summary,
    tables,
)
from weightscribe.report.metrics import Metrics
from weightscribe.storage import replacing

FIRST_LOOK = Path("metrics/first_look.md")
N_FIRST_LOOK = 6  # rows on the README's first screen; the report shows all
BENCHES = {"bfloat16": "bfloat16", "bfloat16_amx": "bfloat16 in AMX tiles", "float32": "float32"}  # metrics/bench/
METRICS = Metrics()
FIRST_BEHAVIORS = Metrics(Path("metrics/first_behaviors"))  # copied there from a run of that profile

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
    """The last ratios of each kind of machine, side by side."""
    runs = [METRICS.values(f"bench/{name}") for name in BENCHES]
    lines = [f"| ratio | {' | '.join(BENCHES.values())} | aim |", "|---" * (2 + len(runs)) + "|"]
    for key, (name, aim) in RATIOS.items():
        lines.append(f"| {name} | {' | '.join(_with_range(values, key) for values in runs)} | {aim} |")
    notes = [
        f"{title}: {run['repeats']} repeats, {run['n_threads']} threads"
        for title, run in zip(BENCHES.values(), runs, strict=True)
    ]
    return "\n".join([*lines, "", f"Median [lowest, highest]. {'; '.join(notes)}."])


def _with_range(values: dict, key: str) -> str:
    digits = 3 if values[key] < 0.1 else 2
    low, high = values[f"{key}_min"], values[f"{key}_max"]
    return f"{values[key]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def growth(name: str) -> list[dict]:
    return METRICS.plot(f"bench_growth_{name}")


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
    reached = machine_flops(
        DEFAULT_MODEL, PROFILE_WORK, seconds, METRICS.values("bench")["level1_fraction_of_roofline"]
    )
    return (
        f"One step of one diff in a batch of 16 takes {seconds:.3f} s here. By the model that is a bare base model "
        f"running at {reached / 1e9:.0f} GFLOP/s."
    )


def predictions() -> str:
    values = METRICS.values("bench/bfloat16")  # what a GPU computes in
    fractions = (values["level1_fraction_of_roofline"], values["level2_fraction_of_roofline"])
    return table([PROFILE_WORK, PAPER_WORK], fractions)


DOCUMENTS = {
    Path("README.md"): {
        "first-look": lambda: "\n".join(FIRST_LOOK.read_text().splitlines()[: 2 + N_FIRST_LOOK]),
        "summary": lambda: summary.summary(METRICS).markdown(),
        "behaviors": lambda: family_tables.in_short(METRICS).markdown(),
    },
    Path("docs/results.md"): {
        "scores": lambda: tables.scores(METRICS).markdown(),
        "baselines": lambda: tables.baselines(METRICS).markdown(),
        "weight-diffs": lambda: tables.weight_diffs(METRICS).markdown(),
        "reading": lambda: tables.reading(METRICS),
        "ood": lambda: tables.ood(METRICS).markdown(),
        "rank": lambda: tables.rank(METRICS).markdown(),
        "full-fine-tunes": lambda: tables.full_fine_tunes(METRICS).markdown(),
        "seeds": lambda: tables.seeds(METRICS).markdown(),
        "data-scaling": lambda: tables.data_scaling(METRICS).markdown(),
        "specificity": lambda: tables.specificity(METRICS).markdown(),
        "trigger-recovery": lambda: tables.trigger_recovery(METRICS).markdown(),
        "claims": lambda: claim_tables.claims(METRICS).markdown(),
        "cross-behavior": lambda: family_tables.by_family(METRICS).markdown(),
        "left-out": lambda: family_tables.left_out(METRICS).markdown(),
        "lists": lambda: family_tables.lists(METRICS).markdown(),
        "one-change": lambda: family_tables.one_change(METRICS).markdown(),
        "first-behaviors": lambda: family_tables.by_family(FIRST_BEHAVIORS).markdown(),
        "first-left-out": lambda: family_tables.left_out(FIRST_BEHAVIORS).markdown(),
        "first-lists": lambda: family_tables.lists(FIRST_BEHAVIORS).markdown(),
        "requests": lambda: request_tables.requests(METRICS).markdown(),
        "several": lambda: several_tables.several(METRICS).markdown(),
        "levers": lambda: lever_tables.levers(METRICS).markdown(),
        "lever-false-reports": lambda: lever_tables.false_reports(METRICS).markdown(),
    },
    Path("docs/performance.md"): {"bench": bench},
    Path("docs/scaling.md"): {"growth": measured_growth, "check": check_of_model, "predictions": predictions},
}


DRAWINGS = {Path("docs/plots/scores.svg"): plots.scores, Path("docs/plots/by_behavior.svg"): plots.by_behavior}


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


def drawing(paint) -> str:
    """The plot as a file of its own; white, since a page may be dark."""
    return f"{paint(METRICS, '')}\n".replace("<svg ", '<svg style="background: white" ', 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    try:
        texts = {path: render(path) for path in DOCUMENTS}
        drawings = {path: drawing(paint) for path, paint in DRAWINGS.items()}
    except (WeightscribeError, FileNotFoundError) as error:
        sys.exit(f"error: {error}")
    for path, text in (texts | drawings).items():
        if not is_check:
            with replacing(path) as temporary:
                temporary.write_text(text)
        elif not path.is_file() or text != path.read_text():
            sys.exit(f"error: {path} is out of date. Run `python scripts/update_docs.py`.")


if __name__ == "__main__":
    main()
