"""Tables of our figures beside the paper's. `ours` is the name of our model, as it stands over our column."""

from weightscribe.report import paper
from weightscribe.report.claim_tables import ARMS
from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, score, score_if_there
from weightscribe.report.tables import BASELINES, FULL, RANK, baselines, probe_sets

NONE = "no such figure"


def headline(metrics: Metrics, ours: str) -> Table:
    """Score by method, ours and those of the paper's five models."""
    rows = [
        (name, row[1], *(f"{value:.2f}" for value in paper.SCORES[method]))
        for (method, name), row in zip(BASELINES.items(), baselines(metrics).rows, strict=True)
    ]
    exact = metrics.values("eval_hidden_topic")["dit_exact_rate"]
    rows.append(("DIT adapter says the topic's name exactly", f"{exact:.0%}", *(f"{n}%" for n in paper.EXACT)))
    note = f"The paper: {paper.SETTING} Scores: {paper.TABLES} Exact, theirs letter for letter: {paper.ANSWERS}"
    return Table(("method", ours, *(f"paper, {model}" for model in paper.MODELS)), tuple(rows), note)


def data_scaling(metrics: Metrics, ours: str) -> Table:
    """Score by training diffs; each row is a number of diffs that one of the two tried."""
    own = {
        row["n_diffs"]: f"{row['score']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        for row in metrics.plot("eval_data_scaling")
    }
    published = {n: f"{value:.2f}" for n, value in paper.DATA_SCALING.items()}
    rows = tuple((str(n), own.get(n, ""), published.get(n, "")) for n in sorted({*own, *published}))
    return Table(("training diffs", ours, f"paper, {paper.SCALING_MODEL}"), rows, f"The paper: {paper.TABLES}")


def rank(metrics: Metrics, ours: str) -> Table:
    """LoRA diffs of every rank, and full fine-tunes, read by an adapter trained on rank 1."""
    values = metrics.values("eval_rank")
    means = [values[f"{name}_dit_score_mean"] for name in (RANK, *probe_sets(values)) if name != FULL]
    rows = (
        ("rank 1, the first test topics", score(values, f"{RANK}_dit"), *("" for _ in paper.RANKS)),
        (
            "LoRA of any rank, lowest and highest mean",
            _span(means),
            *(f"{low:.2f} to {high:.2f}" for low, high, _ in paper.RANKS.values()),
        ),
        ("full fine-tune", score(values, f"{FULL}_dit"), *(f"{full:.2f}" for *_, full in paper.RANKS.values())),
    )
    return Table(
        ("weight diff", ours, *(f"paper, {model}" for model in paper.RANKS)),
        rows,
        f"The paper: ranks 1 to 64; {paper.TABLES}",
    )


def ood(metrics: Metrics, ours: str) -> Table:
    """Triggers of kinds that no training diff has."""
    values = metrics.values("eval_ood")
    sets = probe_sets(values)
    dit, plain = ([values[f"{name}_{method}_score_mean"] for name in sets] for method in ("dit", "base_question"))
    counts = ", ".join(f"{name} {values[f'n_{name}']}" for name in sets)
    rows = (
        ("DIT adapter, lowest and highest mean", _span(dit), _about(paper.OOD["dit"])),
        ("base question", _span(plain), _about(paper.OOD["base_question"])),
        ("twenty questions", NONE, _about(paper.OOD["twenty_questions"])),
    )
    note = f"The kinds of triggers are not the same; ours, with n: {counts}. {paper.PAPER}."
    return Table(("unseen triggers", ours, "paper"), rows, note)


def trigger_recovery(metrics: Metrics, ours: str) -> Table:
    """Two ways to a trigger: an adapter is asked for it, or all candidates are tried; the paper has the first."""
    values, claims = metrics.values("eval_trigger_recovery"), metrics.values("eval_claims")
    n_right, n_asked = paper.TRIGGERS
    n_diffs = values["n_code_specific_diffs"]
    found = f"{values['exact_rate']:.0%} of {n_diffs}" if n_diffs else "no diff tells its code"
    rows = (
        *zip(
            (f"an adapter is asked for it; diffs trained with {text}" for text in ARMS.values()),
            (_share_of(claims, f"{arm}_exact", f"{arm}_n_gated") for arm in ARMS),
            (f"{n_right} of {n_asked} right", NONE),
            strict=True,
        ),
        (f"every candidate of {values['n_candidates']:,} is tried on the model", found, NONE),
    )
    digits = ", ".join(str(n) for n in paper.TRIGGER_FIRST_DIGITS)
    note = (
        "Different tasks, so no comparison: adapters are asked for words here, for codes of digits there; the scan "
        f"is over words of codes. {paper.PAPER}. Its adapters had the first digit right {digits} times "
        f"of 100 ({', '.join(paper.MODELS)}; 10 by chance), {paper.ANSWERS}"
    )
    return Table(("trigger recovery", ours, "paper"), rows, note)


def cross_behavior(metrics: Metrics, ours: str) -> Table:
    """The two behaviors of the paper: hidden topics and news."""
    values = metrics.values("eval_cross_behavior")
    topics = dict(zip(paper.MODELS, paper.SCORES["dit"], strict=True))
    low, high = paper.CROSS_BEHAVIOR
    fell = f"{low:.2f} to {high:.2f}"

    def news(method: str) -> str:
        return ", ".join(f"{model} {scores[method]:.2f}" for model, scores in paper.NEWS.items())

    rows = (
        ("hidden topics", "hidden topics", "only_hidden_topic_on_hidden_topic", _named(topics, paper.NEWS)),
        ("hidden topics", "news", "only_hidden_topic_on_news", fell),
        ("news", "hidden topics", "only_news_on_hidden_topic", fell),
        ("news", "news", "only_news_on_news", news("dit")),
        ("all families", "hidden topics", "joint_on_hidden_topic", NONE),
        ("all families", "news", "joint_on_news", NONE),
        ("all but hidden topics", "hidden topics", "without_hidden_topic_on_hidden_topic", NONE),
        ("all but news", "news", "without_news_on_news", NONE),
        ("none, base question", "news", "base_question_on_news", news("base_question")),
        ("none, twenty questions", "news", "", news("twenty_questions")),
        ("none, a story asked for", "news", "base_question_story_on_news", news("story")),
    )
    before, after = paper.CROSS_BEHAVIOR_FALL
    note = (
        f"The paper's example of an adapter on the other behavior: {before:.2f} falls to {after:.2f}. {paper.PAPER}. "
        f"Scores: {paper.TABLES}"
    )
    return Table(
        ("adapter trained on", "asked of", ours, "paper"),
        tuple((*row[:2], score_if_there(values, row[2]) or NONE, row[3]) for row in rows),
        note,
    )


def _share_of(values: dict, name: str, n: str) -> str:
    return f"{values[name]:.0%} of {values[n]}" if name in values else NONE


def _span(means: list[float]) -> str:
    return f"{min(means):.2f} to {max(means):.2f}" if means else NONE


def _about(ends: tuple[float, float]) -> str:
    low, high = ends
    return f"about {low}" if low == high else f"about {low} to {high}"


def _named(scores: dict[str, float], models) -> str:
    return ", ".join(f"{model} {scores[model]:.2f}" for model in models)
