"""The base model as every later stage uses it: frozen, with its overlay, tokenizer, prompt and identity."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from weightscribe.errors import ModelError
from weightscribe.lora.factors import DITAdapter, StackedFactors, WeightDiff, stack_factors
from weightscribe.lora.overlay import Overlay
from weightscribe.lora.peft_io import BaseIdentity, identify_base
from weightscribe.models.loading import load_base_model, load_tokenizer
from weightscribe.models.precision import compute_dtype
from weightscribe.prompts import templated


@dataclass(frozen=True)
class BaseModel:
    """The loaded base model; no parameter requires a gradient."""

    model: nn.Module
    tokenizer: object
    overlay: Overlay
    identity: BaseIdentity
    system_message: str | None  # of every prompt; None leaves it to the chat template

    @property
    def dtype(self) -> str:
        """What the model computes in: 'float32' or 'bfloat16'."""
        return str(self.model.dtype).removeprefix("torch.")

    @contextmanager
    def under(self, diffs: Sequence[WeightDiff | None], adapter: StackedFactors | None = None) -> Iterator[None]:
        """Run forwards as M_i + A: each equal group of rows under its own weight diff, all rows under the adapter.

        diffs    None is the base model
        adapter  the DIT adapter as a stack of one in the model's dtype; None for none
        """
        stacked = None
        if any(diff is not None for diff in diffs):
            stacked = stack_factors(diffs, self.overlay.linears, self.model.dtype)
        with self.overlay.rows(stacked, adapter):
            yield

    def stacked_adapter(self, adapter: DITAdapter) -> StackedFactors:
        """The DIT adapter as `under` takes it."""
        return stack_factors([adapter], self.overlay.linears, self.model.dtype)

    def prompt_text(self, prompt: str) -> str:
        """The prompt as one user turn, up to where the answer begins.  Raises: ParamsError."""
        return templated(self.tokenizer, prompt, self.system_message)

    def prompt_ids(self, prompt: str) -> list[int]:
        """Token ids of `prompt_text`."""
        return self.tokenizer(self.prompt_text(prompt), add_special_tokens=False).input_ids


# What some architectures do to logits behind the head. Losses here are taken from the head's own output.
LOGIT_CHANGES = {"final_logit_softcapping": None, "logit_scale": 1, "logits_scaling": 1, "lm_head_multiplier": 1}


def load_base(folder: Path, dtype: str, system_message: str | None) -> BaseModel:
    """The base model of `folder` in `dtype`: 'float32', 'bfloat16', or 'auto', the faster one on this machine.

    Attention is the eager implementation: on CPUs in bfloat16, backward through the fused one took 1.2 times as
    long at our lengths.  Raises: ModelError, ParamsError.
    """
    model = load_base_model(folder, compute_dtype(dtype, "params.yaml: dtype"))
    config = model.config.get_text_config()
    for name, harmless in LOGIT_CHANGES.items():
        if getattr(config, name, None) not in (None, harmless):
            raise ModelError(
                f"{folder}: its config sets {name} to {getattr(config, name)}, which changes logits behind the head; "
                "training here takes its loss from the head alone. Use a base model without it."
            )
    model.set_attn_implementation("eager")
    model.requires_grad_(False)
    return BaseModel(model, load_tokenizer(folder), Overlay(model), identify_base(folder), system_message)
