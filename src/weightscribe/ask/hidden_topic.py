"""Answers of every method to the WeightDiffQA question on weight diffs.

Methods: `dit` (M' + A), `base_question` (M' alone), and the controls that show what an answer owes to the diff:
`control_no_diff` (M + A), `control_shuffled_diff` (another topic's diff under A) and `control_random_diff`
(Gaussian factors with the norms of the real diff under A).
"""

from dataclasses import dataclass

import torch

from weightscribe.answers import ask
from weightscribe.ask.answers_file import Answer
from weightscribe.ask.likeliest import ask_at_strengths
from weightscribe.ask.limits import Limits
from weightscribe.ask.methods import BASE_QUESTION, DIT, METHODS
from weightscribe.ask.strengths import StrengthsParams
from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.lora.factors import DITAdapter, WeightDiff, moved_on, random_diff_of_equal_norm


@dataclass(frozen=True)
class AskParams:
    """Sections `ask_hidden_topic`, `ask_probes` and `ask_dit_variants` of params.yaml."""

    dtype: str
    limits: Limits
    seed: int


def diffs_of_methods(diffs: list[WeightDiff], seed: int) -> dict[str, list[WeightDiff | None]]:
    """The diffs each method runs under, in the order of `diffs`."""
    generator = torch.Generator().manual_seed(seed)
    return {
        DIT: list(diffs),
        BASE_QUESTION: list(diffs),
        "control_no_diff": [None] * len(diffs),
        "control_shuffled_diff": moved_on(diffs),
        "control_random_diff": [random_diff_of_equal_norm(diff, generator) for diff in diffs],
    }


def ask_methods(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: list[LabelledDiff],
    params: AskParams,
    strengths: StrengthsParams,
    methods: tuple[str, ...] = METHODS,
) -> list[Answer]:
    """One answer per diff for every method, with its evidence where the adapter gave it. One question for all diffs.

    strengths  of the diffs under the adapter; the base question gets them as they are
    """
    question = labelled[0].row["question"]
    answers = []
    limits = params.limits
    of_methods = diffs_of_methods([each.weight_diff for each in labelled], params.seed)
    for method, diffs in of_methods.items():
        if method not in methods:
            continue
        questions = [question] * len(diffs)
        settings = {"max_new_tokens": limits.answer_tokens, "rows_per_batch": limits.rows_per_batch, "progress": method}
        if method == BASE_QUESTION:
            said = [(text, None) for text in ask(base, diffs, questions, adapter=None, **settings)]
        else:
            found = ask_at_strengths(base, adapter, diffs, questions, strengths, **settings)
            said = [(each.answer, each.evidence) for each in found]
        answers += [
            Answer(method, each.row["name"], each.row["answer"], text, value)
            for each, (text, value) in zip(labelled, said, strict=True)
        ]
    return answers
