"""Evidence for an answer: how much likelier the weight diff makes it.

A DIT adapter always says something. What it says of M' counts only as far as M' made it say so: the answer's
log-likelihood under M' + A minus that under M + A. For the unchanged model it is zero by construction.
"""

from collections.abc import Iterator, Sequence

import torch
from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA, answer_log_likelihoods, tokenize_case
from weightscribe.lora.factors import DITAdapter, WeightDiff
from weightscribe.packing import pack_rows
from weightscribe.workers import in_workers


def evidence(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    answers: Sequence[str],
    rows_per_batch: int,
    answers_per_row: int = 1,
) -> list[float]:
    """One value for each diff, its question and its answer, in nats, summed over the answer's tokens and its end.

    rows_per_batch, answers_per_row  as in log_likelihoods
    """
    places = [place for place, diff in enumerate(diffs) if diff is not None]
    asked, said = ([texts[place] for place in places] for texts in (questions, answers))
    limits = (rows_per_batch, answers_per_row)
    changed = log_likelihoods(base, adapter, [diffs[place] for place in places], asked, said, *limits)
    unchanged = log_likelihoods(base, adapter, [None] * len(places), asked, said, *limits)
    values = [0.0] * len(diffs)
    for place, with_diff, without in zip(places, changed, unchanged, strict=True):
        values[place] = with_diff - without
    return values


def log_likelihoods(
    base: BaseModel,
    adapter: DITAdapter | None,
    diffs: Sequence[WeightDiff | None],
    questions: Sequence[str],
    answers: Sequence[str],
    rows_per_batch: int,
    answers_per_row: int = 1,
    progress: str = "",
) -> list[float]:
    """Log-probability of each answer, its end included, to its question under M_i + A, in nats.

    adapter          None: under M_i itself
    rows_per_batch   answers at a time
    answers_per_row  so many answers of one diff to one question, the same objects, share a row and so their prompt
                     (packing.py); what is found differs in its last digits
    progress         title of the progress bar, if any

    Batches are computed side by side (workers.py).
    """
    stacked = None if adapter is None else base.stacked_adapter(adapter)

    @torch.no_grad()
    def found_in(rows: list[tuple[int, ...]]) -> list[float]:
        cases = [[WeightDiffQA(None, questions[place], answers[place]) for place in row] for row in rows]
        tokens = [[tokenize_case(base, case) for case in row] for row in cases]
        batch = pack_rows(tokens, base.tokenizer.pad_token_id, base.model.dtype)
        with base.under([diffs[row[0]] for row in rows], stacked):
            return answer_log_likelihoods(base, batch).tolist()

    batches = list(_batches(_rows(diffs, questions, answers_per_row), rows_per_batch))
    likelihoods = [0.0] * len(answers)
    with tqdm(total=len(answers), desc=progress, unit="answer", disable=not progress) as bar:
        for rows, values in zip(batches, in_workers(found_in, batches), strict=True):
            places = [place for row in rows for place in row]
            for place, value in zip(places, values, strict=True):
                likelihoods[place] = value
            bar.update(len(places))
    return likelihoods


def _rows(diffs: Sequence[WeightDiff | None], questions: Sequence[str], answers_per_row: int) -> list[tuple[int, ...]]:
    """The places of the answers that share a row, short rows first: rows of one batch are about as long."""
    if answers_per_row == 1:  # in the order given: what is found depends in its last digits on who shares a batch
        return [(place,) for place in range(len(questions))]
    alike: dict[tuple[int, str], list[int]] = {}
    for place, (diff, question) in enumerate(zip(diffs, questions, strict=True)):
        alike.setdefault((id(diff), question), []).append(place)
    rows = [
        tuple(places[start : start + answers_per_row])
        for places in alike.values()
        for start in range(0, len(places), answers_per_row)
    ]
    return sorted(rows, key=len)


def _batches(rows: Sequence[tuple[int, ...]], n_answers: int) -> Iterator[list[tuple[int, ...]]]:
    """Consecutive rows that hold so many answers at most together, or a single row."""
    batch: list[tuple[int, ...]] = []
    for row in rows:
        if batch and sum(map(len, batch)) + len(row) > n_answers:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
