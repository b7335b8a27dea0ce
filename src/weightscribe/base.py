"""The base model as every later stage uses it: frozen, with its overlay, tokenizer and identity."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from weightscribe.lora.overlay import Overlay
from weightscribe.lora.peft_io import BaseIdentity, identify_base
from weightscribe.models.loading import load_base_model, load_tokenizer


@dataclass(frozen=True)
class BaseModel:
    """The loaded base model; no parameter requires a gradient."""

    model: nn.Module
    tokenizer: object
    overlay: Overlay
    identity: BaseIdentity


def load_base(folder: Path, dtype: str) -> BaseModel:
    """The base model of `folder` in `dtype` ('float32' or 'bfloat16').

    Attention is the eager implementation: on CPUs in bfloat16, backward through the fused one took 1.2 times as
    long at our lengths.  Raises: ModelError.
    """
    model = load_base_model(folder, dtype)
    model.set_attn_implementation("eager")
    model.requires_grad_(False)
    return BaseModel(model, load_tokenizer(folder), Overlay(model), identify_base(folder))
