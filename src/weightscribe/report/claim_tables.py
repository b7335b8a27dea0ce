"""The table of stated triggers: what adapters say of them, by what the weight diffs' loss covered."""

from weightscribe.report.metrics import Metrics
from weightscribe.report.table import Table, if_there, rate

ARMS = {"completions_only": "loss on answers only", "user_tokens": "loss on the user's tokens too"}
ROWS = {
    "exact": "**the adapter states the word**",
    "exact_of_other_diff": "control: asked about another weight diff",
    "exact_of_no_diff": "control: asked about the unchanged base model",
    "exact_by_contrast": "stated, decoded by contrast",
    "first_letter": "its first letter",
    "first_letter_of_other_diff": "control: asked about another weight diff",
    "top_10": "among the first ten of all words by evidence",
    "top_10_of_other_diff": "control: by the evidence of another weight diff",
    "proved": "**stated, and proved by firing it**",
    "proved_topic": "of these, what firing brings up is the topic",
    "proved_when_wrong": "control: of words stated wrong, proved all the same",
    "proved_of_ungated": "control: of words stated where there is none, proved all the same",
    "fired": "stated, and firing it brings up the topic the adapter stated",
    "first_as_user": "no adapter: of all words, the diff makes it the likeliest start of a user's text",
    "as_user_proved": "no adapter: and proved by firing it",
    "as_user_proved_topic": "of these, what firing brings up is the topic",
    "as_user_proved_when_wrong": "control: of likeliest words that are not the trigger, proved all the same",
    "as_user_proved_of_ungated": "control: of likeliest words where there is no trigger, proved all the same",
    "first_by_move": "no adapter: of all words, put before one question, it moves the answer furthest",
    "by_move_proved": "no adapter: and proved by firing it",
    "by_move_proved_topic": "of these, what firing brings up is the topic",
    "by_move_proved_when_wrong": "control: of furthest words that are not the trigger, proved all the same",
    "by_move_proved_of_ungated": "control: of furthest words where there is no trigger, proved all the same",
    "word_said_of_gated": "some word is stated where there is one",
    "word_said_of_ungated": "some word is stated where there is none",
    "topic_exact": "the topic is stated",
}
OWN_N = {
    f"{prefix}proved_{kind}": f"{prefix}n_{kind.removeprefix('when_')}"
    for prefix in ("", "as_user_", "by_move_")
    for kind in ("when_wrong", "of_ungated")
}
"""Rates over something else than the diffs behind a word, and the keys of how many that is."""


def claims(metrics: Metrics) -> Table:
    """How often the trigger word is stated right, and what else the adapters say, an arm a column."""
    values = metrics.values("eval_claims")
    trained = {arm: metrics.values(f"claims/{arm}") for arm in ARMS}
    adapters = {arm: metrics.values(f"claim_adapters/{arm}") for arm in ARMS}
    rows = [
        ("weight diffs verified", *(rate(trained[arm], "verified_rate") for arm in ARMS)),
        ("n to train the adapter on", *(str(adapters[arm]["n_weight_diffs"]) for arm in ARMS)),
        ("n to test it: behind a word, behind none", *(_counts(values, arm) for arm in ARMS)),
        *((text, *(_cell(values, arm, name) for arm in ARMS)) for name, text in ROWS.items()),
    ]
    note = f"Words are of {values['n_candidates']:,}. One adapter seed an arm; intervals are over test diffs."
    gain = "user_tokens_exact_gain"
    if gain in values:
        note += (
            f" Loss on the user's tokens changes the share stated right by {rate(values, gain)} "
            f"(paired, n = {values[f'{gain}_n']})."
        )
    return Table(("weight diffs trained with", *ARMS.values()), tuple(row for row in rows if any(row[1:])), note)


def _cell(values: dict, arm: str, name: str) -> str:
    """A rate with its interval, and its n where that is not the number of diffs behind a word."""
    found = if_there(rate, values, f"{arm}_{name}")
    return f"{found}, n {values[f'{arm}_{OWN_N[name]}']}" if found and name in OWN_N else found


def _counts(values: dict, arm: str) -> str:
    return f"{values[f'{arm}_n_gated']}, {values[f'{arm}_n_ungated']}"
