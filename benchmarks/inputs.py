"""What the benchmarks run on: the default model, and the samples and weight diffs of the last `dvc repro`."""

from dataclasses import dataclass
from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM

from weightscribe.base import BaseModel, load_base
from weightscribe.diffs.finetune import DiffTraining, Plan, plan_of
from weightscribe.diffs.samples import BaseStates
from weightscribe.diffs.specs import read_specs
from weightscribe.dit.cases import load_cases
from weightscribe.dit.qa import WeightDiffQA
from weightscribe.models.loading import load_tokenizer
from weightscribe.packing import TokenizedSample
from weightscribe.triggers.kinds import NO_TRIGGER

BASE_MODEL, SIMULATIONS, WEIGHT_DIFFS = Path("data/base_model"), Path("data/simulations"), Path("data/weight_diffs")


@dataclass(frozen=True)
class Level1Inputs:
    """n_diffs plans of n_steps steps, their seeds, and the base states all diffs share, computed beforehand."""

    base: BaseModel
    planned: list[Plan]
    seeds: list[int]
    training: DiffTraining

    def shared_states(self) -> BaseStates:
        """The states of the plain prompts: in a run of hundreds of diffs they are there when a batch begins."""
        states = BaseStates(self.base)
        states.of([tokens for steps in self.planned for step in steps for tokens, kind in step if kind == NO_TRIGGER])
        return states


def level1_inputs(base: BaseModel, training: DiffTraining, n_diffs: int, n_steps: int) -> Level1Inputs:
    """The first diffs of the manifest, in turn if there are fewer, and the first steps of their plans."""
    specs = read_specs(SIMULATIONS)
    specs = [specs[i % len(specs)] for i in range(n_diffs)]
    plans = [plan_of(base, spec, training)[:n_steps] for spec in specs]
    return Level1Inputs(base, plans, [spec.row["seed"] for spec in specs], training)


def plain_row(tokens: TokenizedSample) -> dict[str, list[int]]:
    """A sample as plain trainers take it: the loss on its completion alone."""
    return {
        "input_ids": list(tokens.ids),
        "labels": [-100] * len(tokens.prompt_ids) + list(tokens.completion_ids),
    }


def level2_cases(base: BaseModel, n: int) -> list[WeightDiffQA]:
    """The first n training cases."""
    return load_cases(WEIGHT_DIFFS, "train", base)[:n]


def small_base(folder: Path, dtype: str) -> BaseModel:
    """A random model of 0.9 M parameters beside its embeddings: one diff alone leaves the machine idle."""
    tokenizer = load_tokenizer(BASE_MODEL)
    config = LlamaConfig(
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        vocab_size=len(tokenizer),
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_base(folder, dtype, "")
