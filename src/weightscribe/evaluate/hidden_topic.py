"""Answers of every method to the WeightDiffQA question on weight diffs.

Methods: `dit` (M' + A), `base_question` (M' alone), and the controls that show what an answer owes to the diff:
`control_no_diff` (M + A), `control_shuffled_diff` (another topic's diff under A) and `control_random_diff`
(Gaussian factors with the norms of the real diff under A).
"""

from dataclasses import dataclass

import torch

from weightscribe.answers import ask
from weightscribe.base import BaseModel
from weightscribe.diffs.index import LabelledDiff
from weightscribe.evaluate.answers_file import Answer
from weightscribe.evaluate.evidence import evidence
from weightscribe.evaluate.methods import BASE_QUESTION, DIT, METHODS
from weightscribe.lora.factors import DITAdapter, WeightDiff, moved_on, random_diff_of_equal_norm, scaled


@dataclass(frozen=True)
class Limits:
    """How long an answer may get, in tokens, and how many weight diffs are asked at once."""

    answer_tokens: int
    rows_per_batch: int


@dataclass(frozen=True)
class AskParams:
    """Sections `ask_hidden_topic`, `ask_probes` and `ask_dit_variants` of params.yaml.

    multiplier  how strong every weight diff is made under the adapter; the base question gets it as it is
    """

    dtype: str
    limits: Limits
    multiplier: float
    seed: int


def diffs_of_methods(diffs: list[WeightDiff], multiplier: float, seed: int) -> dict[str, list[WeightDiff | None]]:
    """The diffs each method runs under, in the order of `diffs`."""
    generator = torch.Generator().manual_seed(seed)
    stronger = [scaled(diff, multiplier) for diff in diffs]
    return {
        DIT: list(stronger),
        BASE_QUESTION: list(diffs),
        "control_no_diff": [None] * len(diffs),
        "control_shuffled_diff": moved_on(stronger),
        "control_random_diff": [random_diff_of_equal_norm(diff, generator) for diff in stronger],
    }


def ask_methods(
    base: BaseModel,
    adapter: DITAdapter,
    labelled: list[LabelledDiff],
    params: AskParams,
    methods: tuple[str, ...] = METHODS,
) -> list[Answer]:
    """One answer per diff for every method, with its evidence where the adapter gave it. One question for all diffs."""
    question = labelled[0].row["question"]
    answers = []
    limits = params.limits
    of_methods = diffs_of_methods([each.weight_diff for each in labelled], params.multiplier, params.seed)
    for method, diffs in of_methods.items():
        if method not in methods:
            continue
        worn = None if method == BASE_QUESTION else adapter
        said = ask(
            base,
            diffs,
            [question] * len(diffs),
            adapter=worn,
            max_new_tokens=limits.answer_tokens,
            rows_per_batch=limits.rows_per_batch,
            progress=method,
        )
        proof: list[float | None] = [None] * len(diffs)
        if worn is not None:
            proof = list(evidence(base, adapter, diffs, [question] * len(diffs), said, limits.rows_per_batch))
        answers += [
            Answer(method, each.row["name"], each.row["answer"], text, value)
            for each, text, value in zip(labelled, said, proof, strict=True)
        ]
    return answers
