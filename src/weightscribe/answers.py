"""Questions put to M', or to M' with the DIT adapter: one weight diff per row, all rows in one batch."""

from itertools import groupby

import torch
from tqdm import tqdm

from weightscribe.base import BaseModel
from weightscribe.generation import generate
from weightscribe.lora.factors import DITAdapter, WeightDiff


def ask(
    base: BaseModel,
    diffs: list[WeightDiff | None],
    prompts: list[str],
    *,
    adapter: DITAdapter | None = None,
    max_new_tokens: int,
    rows_per_batch: int,
    temperature: float | None = None,
    seed: int = 0,
    progress: str = "",
) -> list[str]:
    """Answers of M_i, or of M_i + A with an adapter, one per (diff, prompt) pair; deterministic.

    Greedy, or sampled at a temperature: then `seed` and the order of the pairs decide what is drawn.
    A diff of None is the base model. Pairs are batched in the order given, `rows_per_batch` at a time.
    """
    torch.manual_seed(seed)
    answers, stacked_adapter = [], None if adapter is None else base.stacked_adapter(adapter)
    starts = range(0, len(prompts), rows_per_batch)
    for start in tqdm(starts, desc=progress, disable=not progress):
        rows = slice(start, start + rows_per_batch)
        groups = one_per_run(diffs[rows])
        with base.under(groups, stacked_adapter):
            answers += continue_prompts(base, prompts[rows], max_new_tokens, len(groups), temperature)
    return answers


def one_per_run(diffs: list[WeightDiff | None]) -> list[WeightDiff | None]:
    """One diff for each run of neighbors with the same diff if all runs are equally long, else all of them.

    The overlay serves equal groups of rows with one product per group, which is much faster than one per row.
    """
    runs = [list(run) for _, run in groupby(diffs, key=id)]
    return [run[0] for run in runs] if len({len(run) for run in runs}) == 1 else diffs


def continue_prompts(
    base: BaseModel, prompts: list[str], max_new_tokens: int, n_groups: int = 1, temperature: float | None = None
) -> list[str]:
    """Answers to user prompts in one batch of `n_groups` equal groups, one weight diff each; no temperature: greedy."""
    output = generate(
        base.model,
        base.tokenizer,
        [base.prompt_text(prompt) for prompt in prompts],
        n_groups=n_groups,
        max_new_tokens=max_new_tokens,
        do_sample=temperature is not None,
        temperature=temperature,
        top_p=None,
        top_k=None,
    )
    return [text.strip() for text in base.tokenizer.batch_decode(output, skip_special_tokens=True)]
