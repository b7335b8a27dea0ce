"""Generation from many prompts at once; what they share at the start is computed once for a whole group of rows."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise, takewhile

import torch
from torch import Tensor, nn
from tqdm import tqdm

from weightscribe.workers import in_workers

GenerateRows = Callable[[list[int], list[list[int]], int], list[list[int]]]
"""Given places of rows, their ids so far and a number: so many next ids of each, at most."""


@torch.no_grad()
def generate(model: nn.Module, tokenizer, texts: list[str], *, n_groups: int = 1, **options) -> Tensor:
    """New token ids (b, new tokens) for b templated texts, by the model's own `generate`.

    n_groups  the b rows are so many equal consecutive groups; all rows of a group see the same weights. Under an
              overlay a group is the rows of one weight diff.
    options   of `model.generate`
    """
    return generate_from_ids(
        model, tokenizer, tokenizer(texts, add_special_tokens=False).input_ids, n_groups=n_groups, **options
    )


@torch.no_grad()
def generate_from_ids(model: nn.Module, tokenizer, encoded: list[list[int]], *, n_groups: int = 1, **options) -> Tensor:
    """The same for b rows of token ids."""
    n_shared = _n_shared(encoded)
    # Left-padded after the shared tokens: every row's last prompt token is in the last column.
    rest = tokenizer.pad(
        {"input_ids": [ids[n_shared:] for ids in encoded]}, padding=True, padding_side="left", return_tensors="pt"
    )
    shared = torch.tensor(encoded[0][:n_shared], dtype=torch.int64)
    if n_shared:
        cache = model(shared.expand(n_groups, -1), use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(encoded) // n_groups)
        options["past_key_values"] = cache
    input_ids = torch.cat([shared.expand(len(encoded), -1), rest["input_ids"]], dim=1)
    seen = torch.ones(len(encoded), n_shared, dtype=torch.int64)
    output = model.generate(
        input_ids=input_ids,
        attention_mask=torch.cat([seen, rest["attention_mask"]], dim=1),
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )
    return output[:, input_ids.shape[1] :]


def generate_in_passes(
    generate_rows: GenerateRows,
    encoded: Sequence[list[int]],
    passes: Sequence[int],
    *,
    ends: Collection[int],
    rows_per_batch: int,
    in_order: bool = False,
    progress: str = "",
) -> list[list[int]]:
    """New token ids of every row, what follows its end included.

    A batch takes as long as its longest row, and most rows are short: those that go on are batched anew. Batches are
    computed side by side (workers.py).
    passes         new tokens of each pass; rows that have ended are in no later one
    ends           each ends a row (end_ids)
    in_order       a batch after the other: what is drawn for one depends on what was drawn before it
    progress       title of the progress bar, if any
    """
    found: list[list[int]] = [[] for _ in encoded]
    waiting = list(range(len(encoded)))
    for n_tokens in passes:
        batches = [waiting[start : start + rows_per_batch] for start in range(0, len(waiting), rows_per_batch)]

        def go_on(rows: list[int], n_tokens: int = n_tokens) -> list[list[int]]:
            return generate_rows(rows, [[*encoded[row], *found[row]] for row in rows], n_tokens)

        new = map(go_on, batches) if in_order else in_workers(go_on, batches)
        for rows, ids_of_rows in zip(batches, tqdm(new, progress, len(batches), disable=not progress), strict=True):
            for row, ids in zip(rows, ids_of_rows, strict=True):
                found[row] += ids
        waiting = [row for row in waiting if not set(ends).intersection(found[row])]
    return found


def end_ids(model: nn.Module) -> frozenset[int]:
    """Tokens at which `model.generate` ends a row: several, or none. A tokenizer's end token need not be one."""
    found = model.generation_config.eos_token_id
    return frozenset() if found is None else frozenset([found] if isinstance(found, int) else found)


def passes_of(max_new_tokens: int, first_tokens: int | None) -> tuple[int, ...]:
    """A first pass of `first_tokens`; each later one doubles how long an answer is. None: one pass."""
    ends = [first_tokens or max_new_tokens]
    while ends[-1] < max_new_tokens:
        ends.append(2 * ends[-1])
    return tuple(min(end, max_new_tokens) - start for start, end in pairwise([0, *ends]))


def _n_shared(encoded: list[list[int]]) -> int:
    """How many tokens all rows begin with, each row's last token left aside: there must be one to go on from."""
    columns = zip(*(ids[:-1] for ids in encoded), strict=False)
    return sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, columns))
