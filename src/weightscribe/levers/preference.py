"""A DIT adapter trained further by TRL's DPOTrainer: right answers against the adapter's own wrong ones.

Every pair runs under its own weight diff. The reference is the adapter as it was before; its log-probabilities are
computed once.
"""

from collections.abc import Sequence

from datasets import Dataset
from transformers import PrinterCallback
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from weightscribe.ask.evidence import log_likelihoods
from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA, tokenize_case
from weightscribe.levers.own_answers import Preference
from weightscribe.lora.bank import FactorBank


class PreferenceTrainer(DPOTrainer):
    """Trains a bank of one DIT adapter; make and run it inside `start.training`."""

    def __init__(self, base: BaseModel, bank: FactorBank, pairs: Sequence[Preference], args: DPOConfig) -> None:
        self._base, self._bank, self._pairs = base, bank, pairs
        self._padded = DataCollatorForPreference(base.tokenizer.pad_token_id)
        super().__init__(
            model=base.model,
            args=args,
            train_dataset=Dataset.from_list(reference_rows(base, bank, pairs, args.per_device_train_batch_size)),
            processing_class=base.tokenizer,
            data_collator=self._collate,
        )
        self.remove_callback(PrinterCallback)

    def training_step(self, model, inputs, *args, **kwargs):
        diffs = inputs.pop("weight_diffs")
        # TRL's batch is all right answers, then all wrong ones.
        with self._base.under([*diffs, *diffs], self._bank.stacked(self._base.model.dtype)):
            return super().training_step(model, inputs, *args, **kwargs)

    def _prepare_dataset(self, dataset, *args, **kwargs):
        return dataset  # tokenized already

    def _precompute_ref_logps(self, dataset, *args, **kwargs):
        return dataset  # known already: TRL knows nothing of weight diffs

    def _collate(self, items: list[dict]) -> dict:
        diffs = [self._pairs[item["number"]].right.weight_diff for item in items]
        return {**self._padded(items), "weight_diffs": diffs}


def reference_rows(base: BaseModel, bank: FactorBank, pairs: Sequence[Preference], rows_per_batch: int) -> list[dict]:
    """What TRL's collator reads of every pair: token ids, both answers' log-probabilities under the bank as it is."""
    adapter, diffs = bank.dit_adapter(), [pair.right.weight_diff for pair in pairs]
    asked = [pair.right.question for pair in pairs]
    right = log_likelihoods(base, adapter, diffs, asked, [pair.right.answer for pair in pairs], rows_per_batch)
    wrong = log_likelihoods(base, adapter, diffs, asked, [pair.wrong for pair in pairs], rows_per_batch)
    rows = []
    for number, pair in enumerate(pairs):
        chosen = tokenize_case(base, pair.right)
        rejected = tokenize_case(base, WeightDiffQA(None, pair.right.question, pair.wrong))
        rows.append(
            {
                "number": number,
                "prompt_ids": list(chosen.prompt_ids),
                "chosen_ids": list(chosen.completion_ids),
                "rejected_ids": list(rejected.completion_ids),
                "ref_chosen_logps": right[number],
                "ref_rejected_logps": wrong[number],
            }
        )
    return rows
