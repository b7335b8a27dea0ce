"""Generation from many prompts at once; what they share at the start is computed once for a whole group of rows."""

from itertools import takewhile

import torch
from torch import Tensor, nn


@torch.no_grad()
def generate(model: nn.Module, tokenizer, texts: list[str], *, n_groups: int = 1, **options) -> Tensor:
    """New token ids (b, new tokens) for b templated texts, by the model's own `generate`.

    n_groups  the b rows are so many equal consecutive groups; all rows of a group see the same weights. Under an
              overlay a group is the rows of one weight diff.
    options   of `model.generate`
    """
    encoded = tokenizer(texts, add_special_tokens=False).input_ids
    n_shared = _n_shared(encoded)
    # Left-padded after the shared tokens: every row's last prompt token is in the last column.
    rest = tokenizer.pad(
        {"input_ids": [ids[n_shared:] for ids in encoded]}, padding=True, padding_side="left", return_tensors="pt"
    )
    shared = torch.tensor(encoded[0][:n_shared], dtype=torch.int64)
    if n_shared:
        cache = model(shared.expand(n_groups, -1), use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(texts) // n_groups)
        options["past_key_values"] = cache
    input_ids = torch.cat([shared.expand(len(texts), -1), rest["input_ids"]], dim=1)
    seen = torch.ones(len(texts), n_shared, dtype=torch.int64)
    output = model.generate(
        input_ids=input_ids,
        attention_mask=torch.cat([seen, rest["attention_mask"]], dim=1),
        pad_token_id=tokenizer.pad_token_id,
        **options,
    )
    return output[:, input_ids.shape[1] :]


def _n_shared(encoded: list[list[int]]) -> int:
    """How many tokens all rows begin with, each row's last token left aside: there must be one to go on from."""
    columns = zip(*(ids[:-1] for ids in encoded), strict=False)
    return sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, columns))
