"""The evaluation in one table: each question, what was found, and of how many."""

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, number, rate, score
from weightscribe.report.tables import FULL, RANK, probe_sets


def summary(metrics: Metrics) -> Table:
    """One row a question, in the order a reader asks them.  Raises: DataFileError if a metrics file lacks a number."""
    rows = (
        _topics(metrics),
        _told(metrics),
        _lowest(metrics, "eval_ood", "kinds of triggers never seen in training"),
        _lowest(metrics, "eval_rank", "other ranks, and whole models, than were trained on"),
        *_nothing(metrics),
        _trigger(metrics),
        *_behaviors(metrics),
    )
    return Table(("what was tried", "found [95% interval]", "n"), rows)


def _topics(metrics: Metrics) -> tuple[str, str, str]:
    values = metrics.values("eval_hidden_topic")
    found = f"score {score(values, 'dit')}; without the adapter {score(values, 'base_question')}"
    return "hidden topics behind codes", found, str(values["n_test_diffs"])


def _told(metrics: Metrics) -> tuple[str, str, str]:
    values, n = metrics.values("eval_baselines"), metrics.values("eval_hidden_topic")["n_test_diffs"]
    found = f"score {score(values, 'twenty_questions_with_trigger')}; blind {score(values, 'twenty_questions')}"
    return "the same by twenty questions without an adapter, told the trigger", found, str(n)


def _lowest(metrics: Metrics, stage: str, what: str) -> tuple[str, str, str]:
    """The probe set that is read worst."""
    values = metrics.values(stage)
    sets = [name for name in probe_sets(values) if name != RANK]
    worst = min(sets, key=lambda name: values[f"{name}_dit_score_mean"])
    found = f"score {score(values, f'{worst}_dit')} for the worst, {worst.replace('_', ' ')}"
    return f"{len(sets) - (FULL in sets)} {what}", found, str(values[f"n_{worst}"])


def _nothing(metrics: Metrics) -> tuple[tuple[str, str, str], ...]:
    one, joint = metrics.values("eval_specificity"), metrics.values("eval_cross_behavior")
    return (
        (
            "nothing notable changed: something reported",
            rate(one, "false_positive_rate_benign"),
            str(one["n_benign"]),
        ),
        (
            "the adapter for all behaviors: something reported where nothing notable changed; where something did",
            f"{rate(joint, 'joint_false_positive_rate_benign')}; {rate(joint, 'joint_reported_rate_changed')}",
            f"{joint['n_benign']}; {joint['n_changed']}",
        ),
    )


def _trigger(metrics: Metrics) -> tuple[str, str, str]:
    values = metrics.values("eval_trigger_recovery")
    what = f"the code found among {values['n_candidates']:,} and proved by firing it, of diffs that know their code"
    return what, rate(values, "fired_rate"), str(values["n_code_specific_diffs"])


def _behaviors(metrics: Metrics) -> tuple[tuple[str, str, str], ...]:
    joint, unseen = metrics.values("eval_cross_behavior"), metrics.values("eval_left_out")
    return (
        (
            "behaviors never seen in training, read above every control if every question is asked",
            f"{unseen['n_left_out_above_controls_by_anyquestion']} of "
            f"{unseen['n_families_left_out_by_anyquestion']} behaviors; "
            f"{unseen['n_left_out_above_controls']} if asked their own question once",
            f"{unseen['lever_anyquestion_gain_n']}",
        ),
        (
            "two changes in one diff: F1 of the list",
            number(joint, "joint_tried_two_changes_f1"),
            str(joint["n_two_changes"]),
        ),
    )
