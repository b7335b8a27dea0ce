"""The plots as SVG to put into the page: same metrics, same bytes, no dates, no ids but those it refers to."""

import io
import re
from collections.abc import Callable
from statistics import fmean

import numpy as np
from markupsafe import Markup
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from weightscribe.report import family_tables, paper
from weightscribe.report.metrics import Metrics
from weightscribe.report.tables import FULL, METHODS, RANK, probe_sets

OURS, OTHER, QUIET = "#1f5f99", "#b4591c", "#8a8f98"  # told apart in gray and by the color-blind too
STYLE = {
    "svg.fonttype": "none",  # text stays text: smaller, and a reader can search it
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "legend.frameon": False,
}
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
SIZE = (4.8, 3.0)  # inches; small, so that text stays readable on a phone
SCORE = "judge score"
PARTS = ("mean", "ci95_low", "ci95_high")


def scores(metrics: Metrics, ours: str) -> Markup:
    """Every answer's score by method, and the means."""
    by_method: dict[str, list[float]] = {}
    for row in metrics.plot("eval_hidden_topic_scores"):
        if row["score"] is not None:
            by_method.setdefault(row["method"], []).append(row["score"])
    labels = [METHODS.get(name, name).replace("**", "") for name in by_method]

    def paint(axes: Axes) -> None:
        spread = np.random.default_rng(0)
        for place, values in enumerate(by_method.values()):
            heights = place + spread.uniform(-0.25, 0.25, len(values))
            axes.plot(values, heights, ".", color=OURS, alpha=0.35, markersize=4, markeredgewidth=0)
            axes.plot(fmean(values), place, "D", color="black", markersize=5)
        axes.set_yticks(range(len(labels)), [_wrapped(label) for label in labels])
        axes.invert_yaxis()
        axes.set_xlim(0.9, 5.1)
        axes.set_xlabel(f"{SCORE} (diamond: mean)")

    return _svg("scores", paint)


def data_scaling(metrics: Metrics, ours: str) -> Markup:
    """Score by training diffs, our interval, and the paper's curve."""
    rows = metrics.plot("eval_data_scaling")

    def paint(axes: Axes) -> None:
        n = [row["n_diffs"] for row in rows]
        axes.plot(*zip(*paper.DATA_SCALING.items(), strict=True), "s--", color=OTHER, markersize=4)
        axes.plot(n, [row["score"] for row in rows], "o-", color=OURS, markersize=5)
        axes.fill_between(
            n, [row["low"] for row in rows], [row["high"] for row in rows], color=OURS, alpha=0.15, linewidth=0
        )
        axes.legend([f"paper, {paper.SCALING_MODEL}", f"{ours}, 95% interval"], loc="lower right")
        axes.set_xscale("log")
        axes.set_ylim(0.9, 5.1)
        axes.set_xlabel("weight diffs trained on")
        axes.set_ylabel(SCORE)

    return _svg("data_scaling", paint)


def rank(metrics: Metrics, ours: str) -> Markup:
    """Score by rank of the weight diff; the adapter was trained on rank 1."""
    values = metrics.values("eval_rank")
    names = [RANK, *probe_sets(values)]
    means, lows, highs = ([values[f"{name}_dit_score_{part}"] for name in names] for part in PARTS)

    def paint(axes: Axes) -> None:
        below, above = np.subtract(means, lows), np.subtract(highs, means)
        axes.errorbar(range(len(names)), means, [below, above], fmt="o", color=OURS, capsize=3)
        axes.set_xticks(range(len(names)), [name.removeprefix("rank_") for name in names])
        axes.set_ylim(0.9, 5.1)
        axes.set_xlabel(f"rank of the weight diff{', full: whole model fine-tuned' if FULL in names else ''}")
        axes.set_ylabel(f"{SCORE}, 95% interval")

    return _svg("rank", paint)


def calibration(metrics: Metrics, ours: str) -> Markup:
    """How often models of about that predicted chance had changed."""
    rows = metrics.plot("eval_specificity_calibration")

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], ":", color=QUIET)
        axes.plot([row["predicted"] for row in rows], [row["observed"] for row in rows], "o", color=OURS, alpha=0.7)
        axes.set_xlim(-0.04, 1.04)
        axes.set_ylim(-0.04, 1.04)
        axes.set_aspect("equal")
        axes.set_xlabel("predicted chance of a change")
        axes.set_ylabel("share that had changed")

    return _svg("calibration", paint, size=(3.6, 3.2))


def cross_behavior(metrics: Metrics, ours: str) -> Markup:
    """Heat map of mean scores, adapters by families."""
    rows = metrics.plot("eval_cross_behavior")
    adapters, families = (list(dict.fromkeys(row[key] for row in rows)) for key in ("adapter", "family"))
    cells = np.full((len(adapters), len(families)), np.nan)
    for row in rows:
        cells[adapters.index(row["adapter"]), families.index(row["family"])] = row["score"]

    def paint(axes: Axes) -> None:
        axes.pcolormesh(cells, cmap="Blues", vmin=1, vmax=5, edgecolors="white", linewidth=1)
        for (line, column), value in np.ndenumerate(cells):
            if not np.isnan(value):
                color = "white" if value > 3.4 else "black"
                axes.text(column + 0.5, line + 0.5, f"{value:.1f}", ha="center", va="center", color=color)
        axes.set_xticks(np.arange(len(families)) + 0.5, families, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(np.arange(len(adapters)) + 0.5, adapters)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.invert_yaxis()

    return _svg("cross_behavior", paint, size=(5.2, 1.4 + 0.24 * len(adapters)))


def by_behavior(metrics: Metrics, ours: str) -> Markup:
    """Mean scores and intervals by behavior family: one adapter for all, one that never saw it, no adapter."""
    values, families = metrics.values("eval_cross_behavior"), family_tables.names(metrics)[1]

    def paint(axes: Axes) -> None:
        looks = (("o", OURS), ("s", OTHER), ("^", QUIET))
        for number, ((key, label), (marker, color)) in enumerate(
            zip(family_tables.IN_SHORT.items(), looks, strict=True)
        ):
            there = {
                place + (number - 1) * 0.22: [values[f"{key.format(family)}_score_{part}"] for part in PARTS]
                for place, family in enumerate(families)
                if f"{key.format(family)}_score_mean" in values
            }
            means, lows, highs = np.transpose(list(there.values()))
            axes.errorbar(
                means, list(there), xerr=[means - lows, highs - means], fmt=marker, color=color, markersize=4, capsize=2
            ).set_label(label.replace("*", ""))
        axes.set_yticks(range(len(families)), [family.replace("_", " ") for family in families])
        axes.invert_yaxis()
        axes.set_xlim(0.9, 5.1)
        axes.set_xlabel(f"{SCORE}, 95% interval")
        axes.legend(fontsize=8, ncols=3, loc="lower center", bbox_to_anchor=(0.45, 1), columnspacing=1)

    return _svg("by_behavior", paint, size=(5.2, 3.2))


def losses(metrics: Metrics, ours: str) -> Markup:
    """The adapter's training loss, and its loss on held-out diffs under the right diff, another, and none."""
    training, held_out = metrics.plot("train_dit_loss"), metrics.plot("train_dit_heldout_loss")

    def paint(axes: Axes) -> None:
        axes.plot([row["step"] for row in training], [row["loss"] for row in training], color=QUIET, linewidth=0.8)
        steps = [row["step"] for row in held_out]
        for name, line, color in (
            ("own_diff", "o-", OURS),
            ("shuffled_diff", "s--", OTHER),
            ("no_diff", "^:", "black"),
        ):
            axes.plot(steps, [row[name] for row in held_out], line, color=color, markersize=3)
        labels = ["training", "held out, own diff", "another diff", "no diff"]
        axes.legend(labels, fontsize=8, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
        axes.set_yscale("log")
        axes.set_xlabel("optimizer step")
        axes.set_ylabel("loss, nats per token")

    return _svg("losses", paint, size=(4.8, 3.4))


def _wrapped(label: str, width: int = 26) -> str:
    """The label in lines of about `width` letters."""
    return re.sub(rf"([^\n]{{{width - 8},{width}}}) ", r"\1\n", label)


def _svg(name: str, paint: Callable[[Axes], None], size: tuple[float, float] = SIZE) -> Markup:
    """The <svg> element of what `paint` draws, whatever the reader's matplotlibrc says."""
    text = io.StringIO()
    with style.context(["default", STYLE | {"svg.hashsalt": name}]):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure.subplots())
        figure.savefig(text, format="svg", metadata=NO_METADATA, transparent=True)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    referred = set(re.findall(r"#([\w-]+)", svg))
    # The ids of several plots on one page must not clash; matplotlib gives nearly every group one.
    svg = re.sub(r' id="([\w.-]+)"', lambda match: match[0] if match[1] in referred else "", svg)
    return Markup(svg)
