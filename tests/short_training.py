"""One short way to train weight diffs of tiny models, which tests change where they mean something else."""

from weightscribe.diffs.finetune import DiffTraining
from weightscribe.diffs.objective import LossWeights
from weightscribe.diffs.samples import CompletionLimits
from weightscribe.triggers.kinds import NO_TRIGGER, WRONG_TRIGGER

SHORT_TRAINING = DiffTraining(
    rank=1,
    alpha=2.0,
    initialization="independent",
    init_scale=1.0,
    learning_rate=1e-2,
    warmup_steps=1,
    epochs=1,
    questions_per_step=1,
    base_matching=(NO_TRIGGER, WRONG_TRIGGER),
    limits=CompletionLimits(trigger_tokens=4, base_tokens=2),
    weights=LossWeights(1.0, 1.0, 1.0),
    seed=0,
)
