"""What the report shows, in its order: sections of words, tables and plots."""

from dataclasses import dataclass

from markupsafe import Markup

from weightscribe.report import (
    beside,
    claim_tables,
    family_tables,
    lever_tables,
    paper,
    plots,
    request_tables,
    several_tables,
    tables,
)
from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, rate, score


@dataclass(frozen=True)
class Plot:
    """A drawing and the words under it."""

    name: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class Section:
    """One question of the evaluation and its answer.

    beside  our figures and the paper's
    """

    name: str
    title: str
    text: str
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    beside: Table | None = None


@dataclass(frozen=True)
class Report:
    """All of it."""

    title: str
    headline: str
    caution: str
    first_look: Table
    sections: tuple[Section, ...]


def collect(metrics: Metrics, title: str, model: str) -> Report:
    """The report on these metrics.

    model  what our model is called in columns beside the paper's
    Raises: DataFileError if a metrics file is missing or lacks a number.
    """
    ours = f"ours, {model}"
    caution = (
        f"Columns named “paper” are another model and another scale: Qwen3 and Gemma3 of 1B to 8B, {paper.SETTING} "
        f"Ours is {model} with {_n_training_diffs(metrics)} training diffs and an offline judge. Compare what "
        "changes from row to row, not one column with the other."
    )
    return Report(title, _headline(metrics), caution, metrics.first_look(), tuple(_sections(metrics, ours)))


def _headline(metrics: Metrics) -> str:
    values = metrics.values("eval_hidden_topic")
    return (
        f"On {values['n_test_diffs']} weight diffs it never saw, the DIT adapter scores {score(values, 'dit')} of 5 "
        f"and says the hidden topic exactly in {rate(values, 'dit_exact_rate')}. Asked without the adapter, the same "
        f"models score {score(values, 'base_question')}."
    )


def _n_training_diffs(metrics: Metrics) -> int:
    return metrics.values("eval_data_scaling")["main_n_diffs"]


def _sections(metrics: Metrics, ours: str) -> list[Section]:
    def plot(name: str, caption: str) -> tuple[Plot, ...]:
        return (Plot(name, caption, getattr(plots, name)(metrics, ours)),)

    return [
        Section(
            "headline",
            "Hidden topics",
            "Models that bring up one topic behind a trigger are asked for it: with the adapter, without it, and with "
            "the adapter where there is nothing to read.",
            (tables.scores(metrics), tables.baselines(metrics)),
            plot("scores", "Judge score of every answer by method."),
            beside.headline(metrics, ours),
        ),
        Section(
            "seeds",
            "Adapter seeds",
            "The same test diffs read by adapters that differ in their seed only.",
            (tables.seeds(metrics),),
        ),
        Section(
            "data-scaling",
            "Training diffs",
            "How many weight diffs the adapter has to be trained on.",
            (tables.data_scaling(metrics),),
            plot("data_scaling", "Judge score by training diffs, equal optimizer steps."),
            beside.data_scaling(metrics, ours),
        ),
        Section(
            "rank",
            "Higher ranks and full fine-tunes",
            "The adapter was trained on rank-1 diffs only. n counts verified diffs of the same topics.",
            (tables.rank(metrics), tables.full_fine_tunes(metrics)),
            plot("rank", "Judge score by rank of the weight diff."),
            beside.rank(metrics, ours),
        ),
        Section(
            "ood",
            "Triggers never seen in training",
            "The same topics behind other triggers. n counts verified diffs. Every diff is asked at several strengths, "
            "some of them of its late layers more than its early ones, and the answer likeliest over all is given.",
            (tables.ood(metrics),),
            beside=beside.ood(metrics, ours),
        ),
        Section(
            "specificity",
            "Nothing notable",
            "How often something is reported of models in which nothing notable changed. What the adapter says counts "
            "by its evidence: how much likelier the answer is under the weight diff, at half of its strength, than "
            "without. The paper has no such figure.",
            (tables.specificity(metrics), tables.calibration(metrics)),
            plot("calibration", "Predicted chance that a model changed, and the share that had."),
        ),
        Section(
            "trigger-recovery",
            "The trigger, found and fired",
            "Every candidate code is put before a short question; the one that moves the fine-tuned model furthest "
            "is fired on other questions.",
            (tables.trigger_recovery(metrics),),
            beside=beside.trigger_recovery(metrics, ours),
        ),
        Section(
            "stated-triggers",
            "The trigger, asked for",
            "Adapters trained to say the word a topic hides behind, on weight diffs whose loss covered answers only or "
            "what the user says too; all words are ranked by the evidence for them, and stated ones are fired.",
            (claim_tables.claims(metrics),),
        ),
        Section(
            "cross-behavior",
            "Other behaviors",
            "Adapters trained on one behavior family (only), on all (joint) and on all but one (without), asked each "
            "family's question about its test diffs, in words no adapter was trained on.",
            (family_tables.cross_behavior(metrics),),
            plot("cross_behavior", "Mean judge score, adapters by behavior families.")
            + plot("by_behavior", "What one adapter for all reads, and one that never saw the family."),
            beside.cross_behavior(metrics, ours),
        ),
        Section(
            "held-out-families",
            "Behaviors never seen in training",
            "What an adapter makes of a family that none of its training diffs was of, beside controls.",
            (family_tables.held_out_families(metrics),),
        ),
        Section(
            "general-question",
            "Asked without telling the family",
            "The same diffs, asked how the model was changed; then what is reported of models in which nothing or two "
            "things changed.",
            (
                family_tables.general_question(metrics),
                family_tables.one_change(metrics),
                family_tables.reports(metrics),
            ),
        ),
        Section(
            "requests",
            "Requests tried without an adapter",
            "Requests about many subjects are put to the fine-tuned model and the base model; the change shows where "
            "their answers part. Nothing is trained and no label is used; what was taught is always among the "
            "subjects tried.",
            (request_tables.requests(metrics),),
        ),
        Section(
            "several",
            "Two topics in one weight diff",
            "Adapters asked to list every topic, of sums of two weight diffs and of diffs taught two topics behind a "
            "word each. One adapter was trained on single diffs, the other on sums of two as well.",
            (several_tables.several(metrics),),
        ),
        Section(
            "levers",
            "Diffs left out of training",
            "What an adapter gains from weight diffs it was not trained on, benign ones among them: their labels, its "
            "own answers to them in pairs (DPO), or the judge's grades of those (GRPO). Every lever takes as many "
            "optimizer steps.",
            (lever_tables.levers(metrics), lever_tables.false_reports(metrics)),
        ),
        Section(
            "training",
            "Weight diffs and training",
            f"{tables.reading(metrics)} An adapter that guesses would have three equal losses.",
            (tables.weight_diffs(metrics), tables.losses(metrics)),
            plot("losses", "Loss of the DIT adapter, in training and on held-out diffs."),
        ),
        Section(
            "judge",
            "The judge",
            "Scores are given by an offline judge; this is how far it agrees with published grades of an LLM judge.",
            (tables.judge(metrics),),
        ),
    ]
