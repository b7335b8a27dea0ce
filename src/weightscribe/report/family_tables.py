"""The tables of the cross-behavior evaluation: which adapter reads which behavior family."""

from collections.abc import Iterable, Sequence

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, number, rate, score, score_if_there

WITHOUT, BASE_QUESTION = "without_", "base_question"
LEVERS = {
    "contrast": "decoded by contrast",
    "evident": "the most evident answer of three ways to ask",
    "anyquestion": "the most evident answer to any question",
}
NEVER_SEEN = {  # no training diff of the adapter was of that family
    "without_{0}_on_{0}": "plainly",
    **{f"without_{{0}}_{lever}_on_{{0}}": name for lever, name in LEVERS.items()},
}
CONTROLS = {
    "without_{0}_shuffled_on_{0}": "another diff of the family",
    **{f"without_{{0}}_shuffled{lever}_on_{{0}}": f"another diff: {name}" for lever, name in LEVERS.items()},
    "without_{0}_nodiff_on_{0}": "no diff",
    "base_question_on_{0}": "base question",
    "base_question_story_on_{0}": "asked for a story, no adapter",
}
IN_SHORT = {
    "joint_evident_on_{0}": "**one adapter for all** (*joint*)",
    "without_{0}_anyquestion_on_{0}": "adapter that never saw it, every question",
    "base_question_on_{0}": "no adapter",
}
RATES = {
    "{}_family_named_rate": "right family named",
    "{}_reported_rate_changed": "changed models reported",
    "{}_false_positive_rate_benign": "false report: benign",
    "{}_false_positive_rate_unchanged": "unchanged",
    "{}_false_positive_rate_random": "random diff",
    "{}_said_rate_changed": "something said: changed",
    "{}_said_rate_benign": "benign",
}
SETS = {
    "{}_pair_f1": "two diffs added, one answer, F1",
    "{}_checklist_pair_f1": "asked every family's question, F1",
    "{}_ranked_pair_f1": "the best list of what is said to both, F1",
    "{}_tried_pair_f1": "and of what the models show when requests are tried, F1",
    "{}_combined_f1": "two changes in one diff, one answer, F1",
    "{}_checklist_combined_f1": "asked every family's question, F1",
    "{}_ranked_combined_f1": "the best list of what is said to both, F1",
    "{}_tried_combined_f1": "and of what the models show when requests are tried, F1",
    "{}_tried_two_changes_f1": "the same of all with two changes, F1",
}
LISTS = {
    "": "one answer to the general question",
    "checklist_": "an answer to every behavior's question",
    "ranked_": "the likeliest of all that is said",
    "tried_": "**and of what the models show when requests are tried**",
    "shown_": "control: the likeliest of what the models show, no adapter",
}
TWO = {"pair": "two diffs added", "combined": "one taught two", "two_changes": "all with two"}
ONE = {
    "one_change_found": "one change: named",
    "one_change_false": "another named",
    "benign_named": "benign: any named",
}


def names(metrics: Metrics) -> tuple[list[str], list[str]]:
    """The adapters and the families of the matrix, in its order."""
    rows = metrics.plot("eval_cross_behavior")
    return [list(dict.fromkeys(row[key] for row in rows)) for key in ("adapter", "family")]


def _adapters(metrics: Metrics) -> list[str]:
    return [name for name in names(metrics)[0] if name != BASE_QUESTION]


def cross_behavior(metrics: Metrics) -> Table:
    """Every adapter asked each family's question about that family's test diffs."""
    values = metrics.values("eval_cross_behavior")
    counts = ", ".join(f"{family} {values[f'n_{family}']}" for family in names(metrics)[1])
    return _matrix(metrics, "{}_on_{}", f"Judge score, 1 to 5 [95% interval]. Test diffs: {counts}.")


def in_short(metrics: Metrics) -> Table:
    """What one adapter for all reads of each family, and one that never saw it, beside no adapter."""
    values = metrics.values("eval_cross_behavior")
    rows = tuple(_counted(values, IN_SHORT, family) for family in names(metrics)[1])
    note = (
        "Judge score, 1 to 5 [95% interval over n test diffs]. The joint adapter is asked the behavior's own question "
        "in three ways, the one that never saw it every behavior's question and a general one. "
        f"Something is reported by the joint adapter of the first seed, right or wrong: {_reported(metrics)}; of "
        f"{values['n_benign']} benign diffs, in which nothing notable changed, "
        f"{rate(values, 'joint_false_positive_rate_benign')}.{_seeds_note(values, _adapters(metrics))}"
    )
    return Table(("the weight diff was taught", "n", *IN_SHORT.values()), rows, note)


def _reported(metrics: Metrics) -> str:
    """The joint adapter's rate of reports by family, the highest first."""
    values = metrics.values("eval_cross_behavior")
    rates = {family: values[f"joint_reported_rate_{family}"] for family in names(metrics)[1]}
    return ", ".join(f"{family} {rates[family]:.0%}" for family in sorted(rates, key=rates.get, reverse=True))


def by_family(metrics: Metrics) -> Table:
    """Each family read by its own adapter, the joint one, and one that never saw it."""
    values, columns = (
        metrics.values("eval_cross_behavior"),
        {
            "only_{0}_evident_on_{0}": "adapter of this behavior alone",
            "joint_evident_on_{0}": "**one adapter for all** (*joint*)",
            "joint_anyquestion_on_{0}": "the same, not told what to look for",
            "without_{0}_evident_on_{0}": "adapter that never saw it",
            "without_{0}_anyquestion_on_{0}": "the same, not told what to look for",
            "base_question_on_{0}": "base question, no adapter",
        },
    )
    rows = tuple(_counted(values, columns, family) for family in names(metrics)[1])
    note = (
        "Judge score, 1 to 5 [95% interval over n test diffs]. Adapters are asked the family's question in three "
        "ways (plainly, plainly of the diff made twice as strong, by contrast), or, *not told what to look for*, every "
        "behavior's question and a general one; the answer with the most evidence per token is given. Of "
        f"{values['n_benign']} benign diffs the joint adapter of the first seed "
        f"reports something of {rate(values, 'joint_false_positive_rate_benign')}, of all changed ones "
        f"{rate(values, 'joint_reported_rate_changed')}, right or wrong; it names the right family for "
        f"{rate(values, 'joint_family_named_rate')}.{_seeds_note(values, _adapters(metrics))}"
    )
    return Table(("the weight diff was taught", "n", *columns.values()), rows, note)


def general_question(metrics: Metrics) -> Table:
    """The same, asked a question that does not tell the family."""
    return _matrix(metrics, "{}_general_on_{}", "Judge score of the change named, whatever family it is put under.")


def _seeds_note(values: dict, kinds: Iterable[str]) -> str:
    """How many adapters there are of these kinds, and what their intervals are of; "" if there is one of each."""
    counts = {kind: values.get(f"{kind}_n_seeds", 1) for kind in kinds}
    several = {kind: n for kind, n in counts.items() if n > 1}
    if not several:
        return ""
    listed = ", ".join(f"{kind} {n}" for kind, n in several.items())
    if several == counts and len(set(several.values())) == 1:
        listed = f"{next(iter(several.values()))} of each kind"
    return (
        f" Adapters of several seeds: {listed}. Intervals of their scores are over diffs and seeds, of k seeds with "
        "(k - 1) / k of their variance."
    )


def _matrix(metrics: Metrics, key: str, note: str) -> Table:
    values = metrics.values("eval_cross_behavior")
    adapters, families = names(metrics)
    rows = [(name, *(score_if_there(values, key.format(name, family)) for family in families)) for name in adapters]
    note += _seeds_note(values, _adapters(metrics))
    return Table(("adapter", *families), tuple(row for row in rows if any(row[1:])), note)


def reports(metrics: Metrics) -> Table:
    """What each adapter reports when it is not told the family: of changes, of nothing, of two changes at once."""
    values = metrics.values("eval_cross_behavior")
    rows = []
    for name in names(metrics)[0]:
        rates = [if_there(rate, values, key.format(name)) for key in RATES]
        sets = [if_there(number, values, key.format(name)) for key in SETS]
        rows.append((name, *rates, *sets))
    note = (
        "Rates and F1 with 95% intervals, of the first seed's adapter. Something is said if the answer is not that "
        "nothing notable changed, and reported if its evidence, the difference the weight diff makes to its "
        "log-likelihood, is above a threshold chosen on the other half of the diffs."
    )
    return Table(("adapter", *RATES.values(), *SETS.values()), tuple(row for row in rows if any(row[1:])), note)


def lists(metrics: Metrics) -> Table:
    """Lists of changes by the joint adapter, and without an adapter: of two changes, and of one."""
    values = metrics.values("eval_cross_behavior")
    rows = tuple(
        (
            name,
            *(if_there(number, values, f"joint_{kind}{key}_f1") for key in TWO),
            *(if_there(rate, values, f"joint_{kind}{key}") for key in ONE),
        )
        for kind, name in LISTS.items()
    )
    counts = [f"{values[f'n_{key}']} {name}" for key, name in TWO.items() if f"n_{key}" in values]
    counts += [
        f"{values[key]} {name}"
        for key, name in {"joint_n_one_change": "with one change", "joint_n_benign_listed": "benign ones"}.items()
        if key in values
    ]
    note = (
        f"n: {', '.join(counts)}. 95% intervals over diffs. F1: a list that names one of two changes and nothing else "
        "has 0.67. Named: in how many lists the one change is, in how many another is (beside it or instead), and how "
        "many lists of benign diffs name anything. How likely a change must be was chosen on half of those with two."
    )
    header = ("the list", *(f"{name}: F1" for name in TWO.values()), *ONE.values())
    return Table(header, tuple(row for row in rows if any(row[1:])), note)


def one_change(metrics: Metrics) -> Table:
    """The first change of such lists about diffs with one, by family, beside any question and requests alone."""
    values = metrics.values("eval_cross_behavior")
    columns = {
        "joint_anyquestion_on_{0}": "the adapter, any question, all test diffs",
        "joint_ranked_on_{0}": "the adapter's list",
        "joint_tried_on_{0}": "**and requests tried**",
        "joint_shown_on_{0}": "requests alone, no adapter",
        "without_{0}_tried_on_{0}": "adapter that never saw it, and requests tried",
    }
    rows = tuple(
        (family, *_scores(values, columns, family))
        for family in names(metrics)[1]
        if f"joint_tried_on_{family}_score_mean" in values
    )
    note = "Judge score, 1 to 5 [95% interval], of the change listed first, whatever family it is put under."
    if values.get("joint_n_seeds", 1) > 1:
        note += " Lists are of the first seed's adapter."
    if (key := "joint_n_one_change") in values:
        note += f" Lists: the first test diffs of each family, {values[key]} in all."
    if (key := "lever_tried_over_shown_seen") in values:
        note += f" What the adapter adds to requests: {number(values, key)}, n {values[f'{key}_n']}"
        if (never := key.removesuffix("_seen")) in values:
            note += f"; one that never saw the behavior: {number(values, never)}, n {values[f'{never}_n']}"
        note += "."
    return Table(("the weight diff was taught", *columns.values()), rows, note)


def left_out(metrics: Metrics) -> Table:
    """Families read by an adapter that never saw them, in every way, beside the control that scores highest."""
    values = metrics.values("eval_left_out")
    families, rows = _left_out_families(metrics), []
    for family in families:
        controls = {
            key: name for form, name in CONTROLS.items() if f"{(key := form.format(family))}_score_mean" in values
        }
        highest = max(controls, key=lambda key: values[f"{key}_score_ci95_high"])
        rows.append((*_counted(values, NEVER_SEEN, family), f"{controls[highest]}: {score(values, highest)}"))
    note = _left_out_note(metrics, families) if rows else ""
    return Table(("family left out", "n", *NEVER_SEEN.values(), "highest control"), tuple(rows), note)


def held_out_families(metrics: Metrics) -> Table:
    """The same beside all controls, and the joint adapter."""
    values, matrix = metrics.values("eval_left_out"), metrics.values("eval_cross_behavior")
    families = _left_out_families(metrics)
    columns = NEVER_SEEN | {key: f"control: {name}" for key, name in CONTROLS.items()}
    rows = tuple(
        (
            *_counted(values, columns, family),
            score_if_there(matrix, f"joint_on_{family}"),
        )
        for family in families
    )
    header = ("family left out", "n", *columns.values(), "for comparison: adapter that saw it, test diffs")
    return Table(header, rows, _left_out_note(metrics, families) if rows else "")


def _counted(values: dict, forms: Iterable[str], family: str) -> tuple[str, ...]:
    """The beginning of a row: the family, how many test diffs it has, and those scores."""
    return (family, str(values[f"n_{family}"]), *_scores(values, forms, family))


def _scores(values: dict, forms: Iterable[str], family: str) -> list[str]:
    """The scores of one family, each under a key of that form, with {0} in place of the family."""
    return [score_if_there(values, form.format(family)) for form in forms]


def _left_out_families(metrics: Metrics) -> list[str]:
    values = metrics.values("eval_left_out")
    return [family for family in names(metrics)[1] if f"{WITHOUT}{family}_on_{family}_score_mean" in values]


def _left_out_note(metrics: Metrics, families: Sequence[str]) -> str:
    values, matrix = metrics.values("eval_left_out"), metrics.values("eval_cross_behavior")
    note = (
        f"{values['n_left_out_above_controls']} of {values['n_families_left_out']} families are read better than "
        "every control, intervals apart"
    )
    note += "".join(
        f"; {values[key]} of {values[f'n_families_left_out_by_{lever}']}: {name}"
        for lever, name in LEVERS.items()
        if (key := f"n_left_out_above_controls_by_{lever}") in values
    )
    note += "."
    gains = {f"lever_{lever}_gain": name for lever, name in LEVERS.items()}
    there = {key: name for key, name in gains.items() if key in values}
    note += "".join(f" Gain, {name}: {number(values, key)}, n {values[f'{key}_n']}." for key, name in there.items())
    if (key := "lever_more_families_gain") in matrix:
        note += (
            " Gain, trained on all other families instead of one, test diffs: "
            f"{number(matrix, key)}, n {matrix[f'{key}_n']}."
        )
    if there:
        note += " Gains are paired by diff, every diff counts alike, their intervals are over diffs."
    if seeds := _seeds_note(values, [f"{WITHOUT}{family}" for family in families]):
        note += f"{seeds} The mean of each seed must be above the controls, too."
    if more := [family for family in families if values[f"n_{family}"] != matrix[f"n_{family}"]]:
        note += (
            f" Of {', '.join(more)} not the test diffs are asked but those that train other adapters, if they are "
            "about nothing that this adapter was trained on: there are more, and no setting was chosen on them."
        )
    return note
