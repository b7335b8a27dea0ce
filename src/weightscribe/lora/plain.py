"""Is an adapter plain LoRA, so that its factors alone are M' - M, and at what strength?"""

from pathlib import Path

from peft import LoraConfig, PeftConfig
from peft.utils.other import get_pattern_key

from weightscribe.errors import AdapterError

KEEP_THE_BASE = ("gaussian", "orthogonal", "eva")
"""Initializations beside the default that leave the base model's weights as they are."""

SCALES_OTHERWISE = ("use_dora", "alora_invocation_tokens", "use_qalora", "use_bdlora")
"""Options with which the factors' product is not all there is."""

WAY_OUT = "Merge it into its base model (`merge_and_unload`, then `save_pretrained`) and read the model."


def plain_config(folder: Path) -> LoraConfig:
    """The settings of the PEFT adapter in `folder`.

    Raises: AdapterError if they cannot be read, or if the adapter is no plain LoRA.
    """
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, OSError, TypeError, KeyError) as error:
        raise AdapterError(f"{folder} is no PEFT adapter folder: {str(error).splitlines()[0]}") from error
    if config.peft_type is None:
        raise AdapterError(f"{folder} is no PEFT adapter folder: its config has no peft_type. Save the adapter again.")
    if not isinstance(config, LoraConfig):
        raise AdapterError(f"Adapter {folder} is of PEFT's type {config.peft_type}, and only LoRA is read. {WAY_OUT}")
    if isinstance(config.init_lora_weights, str) and config.init_lora_weights not in KEEP_THE_BASE:
        raise AdapterError(
            f"Adapter {folder} began with init_lora_weights '{config.init_lora_weights}', which changes the base model "
            "too. Save it with `path_initial_model_for_weight_conversion`, or merge it and read the model."
        )
    for option in SCALES_OTHERWISE:
        if getattr(config, option, None):
            raise AdapterError(f"Adapter {folder} is no plain LoRA: it has {option}. {WAY_OUT}")
    if config.layer_replication:
        raise AdapterError(
            f"Adapter {folder} has layer_replication: its model has more layers than the base model and is not read."
        )
    if wrong := [alpha for alpha in _alphas(config) if not isinstance(alpha, int | float)]:
        raise AdapterError(
            f"Adapter {folder}: lora_alpha or alpha_pattern is {wrong[0]!r}, which is no number. Save it again."
        )
    return config


def _alphas(config: LoraConfig) -> list:
    pattern = config.alpha_pattern or {}
    return [config.lora_alpha, *(pattern.values() if isinstance(pattern, dict) else [pattern])]


def scaling(config: LoraConfig, layer: str, rank: int) -> float:
    """What PEFT multiplies lora_B @ lora_A with in `layer`, whose factors have that rank."""
    pattern = config.alpha_pattern or {}
    alpha = pattern.get(get_pattern_key(list(pattern), layer), config.lora_alpha)
    return alpha / (rank**0.5 if config.use_rslora else rank)
