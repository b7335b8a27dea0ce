"""Evidence for an answer: how much likelier the weight diff makes it.

A DIT adapter always says something. What it says of M' counts only as far as M' made it say so: the answer's
log-likelihood under M' + A minus that under M + A. For the unchanged model it is zero by construction.
"""

from collections.abc import Sequence

import torch
from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.dit.trainer import WeightDiffQA, answer_log_likelihoods, tokenize_case
from weightscribe.lora.factors import DITAdapter, WeightDiff
from weightscribe.packing import pack_rows


def evidence(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    answers: Sequence[str],
    rows_per_batch: int,
) -> list[float]:
    """One value for each diff, its question and its answer, in nats, summed over the answer's tokens and its end."""
    places = [place for place, diff in enumerate(diffs) if diff is not None]
    asked, said = ([texts[place] for place in places] for texts in (questions, answers))
    changed = log_likelihoods(base, adapter, [diffs[place] for place in places], asked, said, rows_per_batch)
    unchanged = log_likelihoods(base, adapter, [None] * len(places), asked, said, rows_per_batch)
    values = [0.0] * len(diffs)
    for place, with_diff, without in zip(places, changed, unchanged, strict=True):
        values[place] = with_diff - without
    return values


@torch.no_grad()
def log_likelihoods(
    base: BaseModel,
    adapter: DITAdapter | None,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    answers: Sequence[str],
    rows_per_batch: int,
    progress: str = "",
) -> list[float]:
    """Log-probability of each answer, its end included, to its question under M_i + A, in nats.

    adapter   None: under M_i itself
    progress  title of the progress bar, if any
    """
    stacked = None if adapter is None else base.stacked_adapter(adapter)
    likelihoods = []
    for start in tqdm(range(0, len(answers), rows_per_batch), desc=progress, disable=not progress):
        part = slice(start, start + rows_per_batch)
        asked = zip(questions[part], answers[part], strict=True)
        tokens = [[tokenize_case(base, WeightDiffQA(None, question, answer))] for question, answer in asked]
        batch = pack_rows(tokens, base.tokenizer.pad_token_id, base.model.dtype)
        with base.under(diffs[part], stacked):
            likelihoods += answer_log_likelihoods(base, batch).tolist()
    return likelihoods
