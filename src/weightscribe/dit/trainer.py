"""The DIT adapter, trained by TRL's SFTTrainer overlaid on a different weight diff in every row of a batch.

Row i computes M_i + A. The loss is the cross-entropy of the answer tokens given the question (DIT, section 3): prompt
and padding are masked. The head is evaluated at answer positions only.
"""

from collections.abc import Callable, Iterable, Sequence

from datasets import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA, answer_losses, tokenize_case
from weightscribe.lora.bank import FactorBank
from weightscribe.lora.factors import WeightDiff
from weightscribe.packing import pack_rows


class DITTrainer(SFTTrainer):
    """Trains a bank of one DIT adapter on WeightDiffQA cases, each under its own weight diff."""

    def __init__(
        self,
        base: BaseModel,
        bank: FactorBank,
        cases: Sequence[WeightDiffQA],
        args: SFTConfig,
        callbacks: Iterable[TrainerCallback] = (),
        augment: Callable[[WeightDiff | None], WeightDiff | None] | None = None,
    ) -> None:
        """`augment` changes the weight diff of every row anew, each time the row is trained on."""
        self._base, self._bank, self._cases, self._augment = base, bank, cases, augment
        self._tokens = [tokenize_case(base, case) for case in cases]
        base.model.factor_bank = bank  # what the optimizer finds to train
        super().__init__(
            model=base.model,
            args=args,
            train_dataset=Dataset.from_dict({"labels": range(len(cases))}),
            data_collator=self._collate,
            processing_class=base.tokenizer,
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        # TRL wraps the base model's `forward` once per trainer; the model outlives this one.
        base.model.__dict__.pop("forward", None)

    def train(self, *args, **kwargs):
        try:
            return super().train(*args, **kwargs)
        finally:
            del self._base.model.factor_bank

    def training_step(self, model, inputs, *args, **kwargs):
        # Open over forward and backward: activation recomputation must see the same diffs.
        diffs = [case.weight_diff for case in inputs["cases"]]
        if self._augment is not None:
            diffs = [self._augment(diff) for diff in diffs]
        with self._base.under(diffs, self._bank.stacked(self._base.model.dtype)):
            return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return answer_losses(self._base, inputs["batch"]).mean()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)

    def _collate(self, items: list[dict]) -> dict:
        chosen = [item["labels"] for item in items]
        rows = [[self._tokens[index]] for index in chosen]
        batch = pack_rows(rows, self._base.tokenizer.pad_token_id, self._base.model.dtype)
        return {"batch": batch, "cases": [self._cases[index] for index in chosen]}
