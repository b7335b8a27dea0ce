"""Questions put to M', or to M' with the DIT adapter: one weight diff per row, all rows in one batch."""

from collections.abc import Sequence
from itertools import groupby

import torch

from weightscribe.base import BaseModel
from weightscribe.generation import GenerateRows, end_ids, generate_from_ids, generate_in_passes, passes_of
from weightscribe.lora.factors import DITAdapter, WeightDiff


def ask(
    base: BaseModel,
    diffs: list[WeightDiff | None],
    prompts: list[str],
    *,
    adapter: DITAdapter | None = None,
    max_new_tokens: int,
    first_tokens: int | None = None,
    rows_per_batch: int,
    temperature: float | None = None,
    seed: int = 0,
    progress: str = "",
) -> list[str]:
    """Answers of M_i, or of M_i + A with an adapter, one per (diff, prompt) pair; deterministic.

    Greedy, or sampled at a temperature: then `seed` and the order of the pairs decide what is drawn.
    first_tokens: answers that have not ended after so many, twice, four times as many go on in batches of their own.
    The same answers in exact arithmetic; None: every batch takes as long as its longest answer.
    A diff of None is the base model. Pairs are batched in the order given, `rows_per_batch` at a time.
    """
    torch.manual_seed(seed)
    stacked_adapter = None if adapter is None else base.stacked_adapter(adapter)
    sampling = {"do_sample": temperature is not None, "temperature": temperature, "top_p": None, "top_k": None}

    def go_on(rows: list[int], so_far: list[list[int]], n_tokens: int) -> list[list[int]]:
        groups = one_per_run([diffs[row] for row in rows])
        with base.under(groups, stacked_adapter):
            output = generate_from_ids(
                base.model, base.tokenizer, so_far, n_groups=len(groups), max_new_tokens=n_tokens, **sampling
            )
        return output.tolist()

    return answers_by(
        go_on,
        base,
        prompts,
        max_new_tokens=max_new_tokens,
        first_tokens=first_tokens,
        rows_per_batch=rows_per_batch,
        in_order=temperature is not None,
        progress=progress,
    )


def answers_by(
    generate_rows: GenerateRows,
    base: BaseModel,
    prompts: Sequence[str],
    *,
    max_new_tokens: int,
    first_tokens: int | None,
    rows_per_batch: int,
    in_order: bool = False,
    progress: str,
) -> list[str]:
    """Answers to user prompts, their tokens made by `generate_rows`; the numbers are those of `ask`.

    in_order  as in generation.generate_in_passes
    """
    new = generate_in_passes(
        generate_rows,
        [base.prompt_ids(prompt) for prompt in prompts],
        passes_of(max_new_tokens, first_tokens),
        ends=end_ids(base.model),
        rows_per_batch=rows_per_batch,
        in_order=in_order,
        progress=progress,
    )
    return [text.strip() for text in base.tokenizer.batch_decode(new, skip_special_tokens=True)]


def one_per_run(diffs: list[WeightDiff | None]) -> list[WeightDiff | None]:
    """One diff for each run of neighbors with the same diff if all runs are equally long, else all of them.

    The overlay serves equal groups of rows with one product per group, which is much faster than one per row.
    """
    runs = [list(run) for _, run in groupby(diffs, key=id)]
    return [run[0] for run in runs] if len({len(run) for run in runs}) == 1 else diffs
