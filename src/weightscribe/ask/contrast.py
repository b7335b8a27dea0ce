"""Answers decoded from the contrast of M' + A with M + A: what the weight diff makes likelier, not what A says anyway.

Each next token is the likeliest by log p' + strength (log p' - log p), p' being the probability under M' + A and p that
under M + A, among tokens that p' finds plausible. Source: contrastive decoding (arXiv 2210.15097, section 3), with the
adapter on the unchanged model in place of the small model.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList

from weightscribe.answers import answers_by
from weightscribe.base import BaseModel
from weightscribe.lora.factors import DITAdapter, StackedFactors, WeightDiff

PLAUSIBLE = 0.1  # of the likeliest token's probability: the paper's


class _Contrast(LogitsProcessor):
    """Turns the scores of M' + A into the contrast; keeps M + A's own cache."""

    def __init__(self, base: BaseModel, adapter: StackedFactors, attention_mask: Tensor, strength: float) -> None:
        self._base, self._adapter, self._mask, self._strength = base, adapter, attention_mask, strength
        self._cache, self._n_seen = None, 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        n_new = input_ids.shape[1] - self._n_seen
        grown = input_ids.new_ones(len(input_ids), input_ids.shape[1] - self._mask.shape[1])
        self._mask = torch.cat([self._mask, grown], dim=1)
        with self._base.overlay.rows(self._adapter):
            output = self._base.model(
                input_ids=input_ids[:, -n_new:],
                attention_mask=self._mask,
                position_ids=(self._mask.cumsum(1) - 1).clamp(min=0)[:, -n_new:],
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._cache, self._n_seen = output.past_key_values, input_ids.shape[1]
        with_diff = scores.float().log_softmax(-1)
        without = output.logits[:, -1].float().log_softmax(-1)
        contrast = with_diff + self._strength * (with_diff - without)
        implausible = with_diff < with_diff.max(-1, keepdim=True).values + math.log(PLAUSIBLE)
        return contrast.masked_fill(implausible, -torch.inf)


@torch.no_grad()
def ask_by_contrast(
    base: BaseModel,
    adapter: DITAdapter,
    diffs: Sequence[WeightDiff | None],
    prompts: Sequence[str],
    *,
    strength: float,
    max_new_tokens: int,
    first_tokens: int | None = None,
    rows_per_batch: int,
    progress: str = "",
) -> list[str]:
    """One answer per (diff, prompt) pair, greedy; strength 0 is M_i + A's own greedy answer.

    first_tokens  as in answers.ask
    progress      title of the progress bar, if any
    """
    stacked, tokenizer = base.stacked_adapter(adapter), base.tokenizer

    def go_on(rows: list[int], so_far: list[list[int]], n_tokens: int) -> list[list[int]]:
        padded = tokenizer.pad({"input_ids": so_far}, padding=True, padding_side="left", return_tensors="pt")
        contrast = _Contrast(base, stacked, padded["attention_mask"], strength)
        with base.under([diffs[row] for row in rows], stacked):
            output = base.model.generate(
                input_ids=padded["input_ids"],
                attention_mask=padded["attention_mask"],
                pad_token_id=tokenizer.pad_token_id,
                max_new_tokens=n_tokens,
                do_sample=False,
                logits_processor=LogitsProcessorList([contrast]),
            )
        return output[:, padded["input_ids"].shape[1] :].tolist()

    return answers_by(
        go_on,
        base,
        prompts,
        max_new_tokens=max_new_tokens,
        first_tokens=first_tokens,
        rows_per_batch=rows_per_batch,
        progress=progress,
    )
