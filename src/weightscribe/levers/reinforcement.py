"""A DIT adapter trained further by TRL's GRPOTrainer, the judge's grade of its answers as the reward."""

from collections.abc import Sequence

import torch
from datasets import Dataset
from transformers import PrinterCallback
from trl import GRPOConfig, GRPOTrainer

from weightscribe.answers import one_per_run
from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.judge.factory import Judge
from weightscribe.lora.bank import FactorBank


class RewardTrainer(GRPOTrainer):
    """Trains a bank of one DIT adapter; make and run it inside `start.training`."""

    def __init__(
        self, base: BaseModel, bank: FactorBank, cases: Sequence[WeightDiffQA], judge: Judge, args: GRPOConfig
    ) -> None:
        """The reward of an answer is its grade; an answer the judge could not grade has none."""
        self._base, self._bank, self._cases = base, bank, cases

        def grade(prompts, completions, target, **kwargs) -> list[float | None]:
            return judge.score(target, completions)

        rows = [{"prompt": case.question, "target": case.answer, "number": number} for number, case in enumerate(cases)]
        super().__init__(
            model=base.model,
            reward_funcs=grade,
            args=args,
            train_dataset=Dataset.from_list(rows),
            processing_class=base.tokenizer,
        )
        self.remove_callback(PrinterCallback)

    def compute_loss(self, model, inputs, *args, **kwargs):
        with self._under(inputs["number"].tolist()):
            return super().compute_loss(model, inputs, *args, **kwargs)

    def _generate_and_score_completions(self, inputs: list[dict]) -> dict:
        numbers = [row["number"] for row in inputs]
        with torch.no_grad(), self._under(numbers):
            batch = super()._generate_and_score_completions(inputs)
        return {**batch, "number": torch.tensor(numbers)}  # TRL shuffles the batch

    def _tokenize_prompts(self, prompts: list[str]):
        return [self._base.prompt_ids(prompt) for prompt in prompts], None, {}

    def _under(self, numbers: list[int]):
        """Every row under the weight diff of its case."""
        diffs = one_per_run([self._cases[number].weight_diff for number in numbers])
        return self._base.under(diffs, self._bank.stacked(self._base.model.dtype))
