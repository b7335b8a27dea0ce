"""Many weight diffs trained at once by TRL's SFTTrainer: row i of every batch trains diff i.

SFTTrainer keeps its loop, optimizer, schedule and logging. What differs from ordinary fine-tuning lives in
three overrides: rows are packed samples of one diff, the forward runs under the overlay of the bank, and the
language-model head is evaluated at completion positions only.
"""

from dataclasses import dataclass

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import SequentialSampler
from transformers import PrinterCallback, Trainer
from trl import SFTConfig, SFTTrainer

from weightscribe.base import BaseModel
from weightscribe.diffs.objective import LossWeights, diff_losses
from weightscribe.head import completion_losses
from weightscribe.lora.bank import FactorBank
from weightscribe.packing import PackedBatch, TokenizedSample, completion_states, pack_rows
from weightscribe.triggers.kinds import KINDS


@dataclass(frozen=True)
class TrainingSample:
    """A sample, its kind, and where the base model's answer states are kept (None for cross-entropy)."""

    tokens: TokenizedSample
    kind: str
    base_states: Tensor | None


class WeightDiffTrainer(SFTTrainer):
    """Trains a bank of n weight diffs.

    `steps[t][i]` are the samples of diff i in optimizer step t. The loss is the sum over diffs, so the learning
    rate and schedule act on each diff as if it were alone; gradient clipping must be off, since a global norm
    would couple the diffs.
    """

    def __init__(
        self,
        base: BaseModel,
        bank: FactorBank,
        steps: list[list[list[TrainingSample]]],
        weights: LossWeights,
        args: SFTConfig,
    ) -> None:
        if args.max_grad_norm:
            raise ValueError("max_grad_norm must be 0: a global gradient norm would couple the weight diffs.")
        n_diffs = bank.flat.shape[0]
        self._samples = [samples for step in steps for samples in step]
        self._pad_token_id = base.tokenizer.pad_token_id
        self._overlay, self._bank, self._weights = base.overlay, bank, weights
        self.losses_by_kind: list[Tensor] = []  # per step: (n_diffs, 3), in the order of KINDS
        base.model.factor_bank = bank
        super().__init__(
            model=base.model,
            args=args,
            train_dataset=Dataset.from_dict({"labels": range(len(self._samples))}),
            data_collator=self._collate,
            processing_class=base.tokenizer,
        )
        self.remove_callback(PrinterCallback)  # it would print through the progress bar over all diffs
        if args.per_device_train_batch_size != n_diffs:
            raise ValueError(f"A batch must hold one row for each of the {n_diffs} weight diffs.")
        # TRL wraps `forward` once per trainer; the model outlives this one.
        base.model.__dict__.pop("forward", None)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        batch: PackedBatch = inputs["batch"]
        with self._overlay.rows(self._bank.stacked(model.dtype)):
            states = completion_states(model, batch)
        losses = completion_losses(
            model.get_output_embeddings(), states, batch.target, inputs["base_states"], inputs["matches_base"]
        )
        per_diff, per_kind = diff_losses(losses, batch.row, inputs["kind"], len(batch.input_ids), self._weights)
        self.losses_by_kind.append(per_kind)
        return per_diff.sum()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)

    def _get_train_sampler(self, *args, **kwargs):
        return SequentialSampler(self.train_dataset)

    def _collate(self, items: list[dict]) -> dict:
        rows = [self._samples[item["labels"]] for item in items]
        batch = pack_rows([[s.tokens for s in samples] for samples in rows], self._pad_token_id, self.model.dtype)
        chosen = [rows[row][sample] for row, sample in zip(batch.row.tolist(), batch.sample.tolist(), strict=True)]
        states = [s.base_states for samples in rows for s in samples if s.base_states is not None]
        return {
            "batch": batch,
            "kind": torch.tensor([KINDS.index(sample.kind) for sample in chosen]),
            "matches_base": torch.tensor([sample.base_states is not None for sample in chosen]),
            "base_states": torch.cat(states),
        }
