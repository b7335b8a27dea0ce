"""The DIT adapter, trained by TRL's SFTTrainer overlaid on a different weight diff in every row of a batch.

The adapter is an ordinary PEFT LoRA; the overlay's hooks sit on the linear layers below it, so row i computes
M_i + A. The loss is the cross-entropy of the answer tokens given the question (DIT, section 3): prompt and
padding are masked. Logits are computed at answer positions only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from datasets import Dataset
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from weightscribe.base import BaseModel
from weightscribe.lora.factors import WeightDiff, stack_weight_diffs

IGNORED = -100


@dataclass(frozen=True)
class WeightDiffQA:
    """One training or test case of the task: a weight diff, a question about it, and the true answer."""

    weight_diff: WeightDiff | None
    question: str
    answer: str


@dataclass(frozen=True)
class QABatch:
    """b rows, left-padded to s tokens so that the answers end together; labels are -100 outside answers.

    input_ids, attention_mask, position_ids, labels: (b, s) int64. n_logits: how many last positions matter.
    """

    input_ids: Tensor
    attention_mask: Tensor
    position_ids: Tensor
    labels: Tensor
    n_logits: int


def collate_qa(base: BaseModel, cases: list[WeightDiffQA]) -> QABatch:
    """Templated questions and answers, the answer closed by the end-of-turn token."""
    tokenizer = base.tokenizer
    prompts = [base.prompt_ids(case.question) for case in cases]
    answers = [[*tokenizer(case.answer, add_special_tokens=False).input_ids, tokenizer.eos_token_id] for case in cases]
    length = max(len(p) + len(a) for p, a in zip(prompts, answers, strict=True))
    input_ids = torch.full((len(cases), length), tokenizer.pad_token_id)
    labels = torch.full((len(cases), length), IGNORED)
    attention_mask = torch.zeros(len(cases), length, dtype=torch.int64)
    for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        ids = torch.tensor(prompt + answer)
        input_ids[row, -len(ids) :] = ids
        attention_mask[row, -len(ids) :] = 1
        labels[row, -len(answer) :] = ids[-len(answer) :]
    position_ids = (attention_mask.cumsum(1) - 1).clamp(min=0)
    return QABatch(input_ids, attention_mask, position_ids, labels, max(map(len, answers)) + 1)


def answer_losses(model: nn.Module, batch: QABatch) -> Tensor:
    """Mean cross-entropy of each row's answer tokens, (b,) float32. Call it with the overlay open."""
    output = model(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        position_ids=batch.position_ids,
        logits_to_keep=batch.n_logits,
        use_cache=False,
    )
    labels = batch.labels[:, -batch.n_logits + 1 :]
    losses = F.cross_entropy(
        output.logits[:, :-1].float().transpose(1, 2),
        labels,
        reduction="none",
        ignore_index=IGNORED,
    )
    return losses.sum(1) / (labels != IGNORED).sum(1)


class DITTrainer(SFTTrainer):
    """Trains the PEFT adapter that `base.model` wears on WeightDiffQA cases, each under its own weight diff."""

    def __init__(
        self,
        base: BaseModel,
        cases: list[WeightDiffQA],
        args: SFTConfig,
        callbacks: Iterable[TrainerCallback] = (),
    ) -> None:
        self._base, self._cases = base, cases
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
        base.model.get_base_model().__dict__.pop("forward", None)

    def training_step(self, model, inputs, *args, **kwargs):
        # Open over forward and backward: activation recomputation must see the same diffs.
        diffs = [case.weight_diff for case in inputs["cases"]]
        overlay = self._base.overlay
        with overlay.rows(stack_weight_diffs(diffs, overlay.linears, model.dtype)):
            return super().training_step(model, inputs, *args, **kwargs)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return answer_losses(model, inputs["batch"]).mean()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        Trainer.log(self, logs, start_time)

    def _collate(self, items: list[dict]) -> dict:
        cases = [self._cases[item["labels"]] for item in items]
        return {"batch": collate_qa(self._base, cases), "cases": cases}


@torch.no_grad()
def mean_loss(base: BaseModel, cases: list[WeightDiffQA], rows_per_batch: int) -> float:
    """Mean answer loss over the cases, each under its own weight diff."""
    losses = []
    for start in range(0, len(cases), rows_per_batch):
        part = cases[start : start + rows_per_batch]
        stacked = stack_weight_diffs([case.weight_diff for case in part], base.overlay.linears, base.model.dtype)
        with base.overlay.rows(stacked):
            losses += answer_losses(base.model, collate_qa(base, part)).tolist()
    return sum(losses) / len(losses)
