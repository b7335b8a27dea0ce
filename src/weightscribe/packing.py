"""Several samples of one weight diff in one row, their shared prompt prefix computed once.

All samples of a row run under the same weight diff, so whatever their token sequences share at the start
(the chat template's system part) has the same activations in each. A row is [prefix | sample | sample | ...]
with a mask that lets a sample see the prefix and itself only, and positions that go on from the prefix in
every sample: the result equals separate rows and saves their repeated prefix and their padding.
"""

from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor, nn

PREFIX, PADDING = 0, -1


@dataclass(frozen=True)
class TokenizedSample:
    """One training sample: templated prompt and completion as token ids."""

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return self.prompt_ids + self.completion_ids


@dataclass(frozen=True)
class PackedBatch:
    """Rows of packed samples, right-padded. b rows, s positions, n completion tokens over all rows.

    input_ids, position_ids (b, s) int64; attention_mask (b, 1, s, s) additive, in the model's dtype;
    the completion tokens as flat lists: `row`, `position` of the logit that predicts each, its `sample`
    number inside the row and the `target` token, all (n,) int64.
    """

    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor
    row: Tensor
    position: Tensor
    sample: Tensor
    target: Tensor


def pack_rows(rows: list[list[TokenizedSample]], pad_token_id: int, dtype: torch.dtype) -> PackedBatch:
    """Pack each list of samples into one row of a batch."""
    packed = [_pack_row(samples) for samples in rows]
    length = max(len(ids) for ids, *_ in packed)
    input_ids = torch.full((len(rows), length), pad_token_id)
    position_ids = torch.zeros(len(rows), length, dtype=torch.int64)
    segments = torch.full((len(rows), length), PADDING)
    predictions = []
    for index, (ids, positions, segment_ids, targets) in enumerate(packed):
        input_ids[index, : len(ids)] = torch.tensor(ids)
        position_ids[index, : len(ids)] = torch.tensor(positions)
        segments[index, : len(ids)] = torch.tensor(segment_ids)
        predictions += [(index, *target) for target in targets]
    row, position, sample, target = torch.tensor(predictions).T
    return PackedBatch(input_ids, position_ids, _additive_mask(segments, dtype), row, position, sample, target)


def _pack_row(samples: list[TokenizedSample]):
    """Token ids, positions, segment numbers (sample + 1), and (position, sample, target) per completion token."""
    prompts = zip(*(sample.prompt_ids[:-1] for sample in samples), strict=False)
    n_prefix = sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, prompts))
    ids = list(samples[0].ids[:n_prefix])
    positions, segments, targets = list(range(n_prefix)), [PREFIX] * n_prefix, []
    for number, sample in enumerate(samples):
        first_logit = len(ids) + len(sample.prompt_ids) - n_prefix - 1
        targets += [(first_logit + offset, number, token) for offset, token in enumerate(sample.completion_ids)]
        # The last completion token is only a target: nothing is predicted from it.
        tail = sample.ids[n_prefix:-1]
        ids += tail
        positions += range(n_prefix, n_prefix + len(tail))
        segments += [number + 1] * len(tail)
    return ids, positions, segments, targets


def _additive_mask(segments: Tensor, dtype: torch.dtype) -> Tensor:
    """0 where a position may look (earlier or itself, in its own segment or the prefix), else the lowest value."""
    length = segments.shape[1]
    same = segments[:, :, None] == segments[:, None, :]
    visible = (same | (segments == PREFIX)[:, None, :]) & torch.ones(length, length).tril().bool()
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill(~visible, torch.finfo(dtype).min)
    return mask[:, None]


def completion_states(model: nn.Module, batch: PackedBatch, inputs_embeds: Tensor | None = None) -> Tensor:
    """The head's inputs at the positions that predict completion tokens, (n, hidden), in the model's dtype.

    inputs_embeds  (b, s, hidden) in place of the embeddings of `batch.input_ids`
    """
    output = model.get_decoder()(
        input_ids=batch.input_ids if inputs_embeds is None else None,
        inputs_embeds=inputs_embeds,
        attention_mask=batch.attention_mask,
        position_ids=batch.position_ids,
        use_cache=False,
    )
    return output.last_hidden_state[batch.row, batch.position]
