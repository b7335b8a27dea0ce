"""One adapter of the experiment: the first adapter trained further on the weight diffs left out of it, by one lever."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transformers import Trainer
from transformers import logging as transformers_logging
from trl import DPOConfig, GRPOConfig

from weightscribe.base import BaseModel
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.dit.train import DITTraining, new_bank, train_by_sft
from weightscribe.errors import ParamsError
from weightscribe.judge.factory import Judge
from weightscribe.judge.nothing import says_nothing
from weightscribe.levers.own_answers import preferences
from weightscribe.levers.preference import PreferenceTrainer
from weightscribe.levers.reinforcement import RewardTrainer
from weightscribe.levers.settings import NoOptions, PreferenceOptions, RewardOptions, TrainLeversParams
from weightscribe.levers.start import bank_from, training
from weightscribe.lora.factors import DITAdapter, scaled
from weightscribe.params import typed

DPO_LOSSES = {"sigmoid", "sft"}  # of TRL's, those this experiment means: DPO's own, and cross-entropy beside it
N_LAST = 8  # of steps


@dataclass(frozen=True)
class Material:
    """What a lever works with.

    first     the adapter before it, trained by `sft` on the cases `kept`
    left_out  the cases it has not seen
    """

    base: BaseModel
    first: DITAdapter
    sft: DITTraining
    kept: Sequence[WeightDiffQA]
    left_out: Sequence[WeightDiffQA]
    judge: Judge


@dataclass(frozen=True)
class Trained:
    """The adapter that a lever made, and numbers of its training."""

    adapter: DITAdapter
    measured: dict[str, float]


@dataclass(frozen=True)
class Settings:
    """How one lever is pulled: what all share, and what is its own."""

    shared: TrainLeversParams
    learning_rate: float
    options: Any
    seed: int


def train_further(name: str, material: Material, params: TrainLeversParams, seed: int) -> Trained:
    """The adapter that one lever of params.yaml makes.

    Raises: ParamsError for an unknown lever, an unknown kind, or options that are not of that kind.
    """
    if name not in params.levers:
        raise ParamsError(f"train_levers.levers has no '{name}'. It has: {', '.join(params.levers)}.")
    lever, where = params.levers[name], f"train_levers.levers.{name}"
    if lever.kind not in KINDS:
        raise ParamsError(f"{where}.kind is '{lever.kind}'. Use one of: {', '.join(KINDS)}.")
    train, schema = KINDS[lever.kind]
    options = typed(schema, lever.options, f"{where}.options")
    return train(material, Settings(params, lever.learning_rate, options, seed))


def _by_more_sft(material: Material, own: Settings) -> Trained:
    """The first adapter's SFT goes on, with the true answers of the diffs left out, read as the other levers do."""
    sft = replace(material.sft, learning_rate=own.learning_rate, warmup_steps=own.shared.warmup_steps, seed=own.seed)
    cases = _stronger(material.left_out, own.shared.multiplier)
    bank = bank_from(material.base, material.first)
    steps = own.shared.steps
    return Trained(train_by_sft(material.base, bank, cases, sft, max_steps=steps, is_augmented=False), {})


def _by_all_sft(material: Material, own: Settings) -> Trained:
    """One SFT on all diffs, for as many steps as the first adapter's and a lever's together."""
    sft = replace(material.sft, learning_rate=own.learning_rate, seed=own.seed)
    steps = sft.epochs * math.ceil(len(material.kept) / sft.batch_size) + own.shared.steps
    bank = new_bank(material.base, sft.rank, own.seed)
    cases = [*material.kept, *material.left_out]
    return Trained(train_by_sft(material.base, bank, cases, sft, max_steps=steps), {})


def _by_preferences(material: Material, own: Settings) -> Trained:
    """TRL's DPO on the first adapter's own answers to the diffs left out, right against wrong."""
    base, options = material.base, own.options
    if unknown := set(options.losses) - DPO_LOSSES:
        raise ParamsError(f"A lever's losses are {sorted(unknown)}. Use some of: {', '.join(sorted(DPO_LOSSES))}.")
    pairs = preferences(
        base,
        material.first,
        _stronger(material.left_out, own.shared.multiplier),
        material.judge,
        options.own_answers,
        answer_tokens=own.shared.answer_tokens,
        seed=own.seed,
    )
    bank = bank_from(base, material.first)
    args = DPOConfig(
        **_common(material, own, options.n_pairs),
        beta=options.beta,
        loss_type=list(options.losses),
        loss_weights=[1.0] * len(options.losses),
        precompute_ref_log_probs=True,
        max_length=None,
    )
    with training(base, bank):
        trainer = PreferenceTrainer(base, bank, pairs, args)
        trainer.train()
    measured = {
        "n_pairs": len(pairs),
        "n_pairs_with_own_right_answer": sum(pair.own for pair in pairs),
        "n_pairs_of_benign_diffs": sum(says_nothing(pair.right.answer) for pair in pairs),
        "preference_accuracy_at_end": _at_end(trainer, "rewards/accuracies"),
    }
    return Trained(bank.dit_adapter(), measured)


def _by_rewards(material: Material, own: Settings) -> Trained:
    """TRL's GRPO on answers to the diffs left out, the judge's grade as the reward."""
    base, options = material.base, own.options
    if len(material.left_out) < options.n_cases:
        raise ParamsError(
            f"A lever's n_cases is {options.n_cases}, and {len(material.left_out)} weight diffs are left out. "
            "Use fewer cases."
        )
    bank = bank_from(base, material.first)
    args = GRPOConfig(
        **_common(material, own, options.n_cases * options.n_generations),
        num_generations=options.n_generations,
        temperature=options.temperature,
        max_completion_length=own.shared.answer_tokens,
        steps_per_generation=1,
    )
    cases = _stronger(material.left_out, own.shared.multiplier)
    with training(base, bank):
        trainer = RewardTrainer(base, bank, cases, material.judge, args)
        trainer.train()
    return Trained(bank.dit_adapter(), {"reward_at_end": _at_end(trainer, "reward")})


KINDS: dict[str, tuple[Callable[[Material, Settings], Trained], type]] = {
    "more_sft": (_by_more_sft, NoOptions),
    "all_sft": (_by_all_sft, NoOptions),
    "dpo": (_by_preferences, PreferenceOptions),
    "grpo": (_by_rewards, RewardOptions),
}


def _common(material: Material, own: Settings, batch_size: int) -> dict:
    """What this project asks of TRL's other trainers, as sft.py of SFTTrainer."""
    transformers_logging.set_verbosity_error()
    return {
        "output_dir": ".work/trainer",
        "per_device_train_batch_size": batch_size,
        "learning_rate": own.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": own.shared.warmup_steps,
        "max_steps": own.shared.steps,
        "optim": "adamw_torch_fused",
        "weight_decay": 0.0,
        "max_grad_norm": material.sft.max_grad_norm,
        "seed": own.seed,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "remove_unused_columns": False,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "dataloader_pin_memory": False,
    }


def _stronger(cases: Sequence[WeightDiffQA], multiplier: float) -> list[WeightDiffQA]:
    return [replace(case, weight_diff=scaled(case.weight_diff, multiplier)) for case in cases]


def _at_end(trainer: Trainer, name: str) -> float:
    """The mean of what was logged over the last steps: one batch is too few to tell anything."""
    logged = [entry[name] for entry in trainer.state.log_history if name in entry][-N_LAST:]
    return sum(logged) / len(logged)
