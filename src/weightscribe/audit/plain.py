"""Is an adapter plain LoRA, so that its factors alone are M' - M, at the strength that PEFT gives them?"""

from collections.abc import Iterable
from pathlib import Path

from peft import LoraConfig, PeftConfig
from peft.utils.other import get_pattern_key

from weightscribe.errors import AdapterError

KEEP_THE_BASE = ("gaussian", "orthogonal", "eva")
"""Initializations beside the default that leave the base model's weights as they are."""

WAY_OUT = "Merge it into its base model (`merge_and_unload`, then `save_pretrained`) and audit the model."


def check_plain(folder: Path, layers: Iterable[str]) -> None:
    """Nothing, if the adapter in `folder` is plain LoRA.

    layers  names of the base model's linear layers
    Raises: AdapterError if it is not, or if its settings cannot be read.
    """
    try:
        config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, OSError, TypeError, KeyError) as error:
        raise AdapterError(f"{folder} is no PEFT adapter folder: {str(error).splitlines()[0]}") from error
    if not isinstance(config, LoraConfig):
        raise AdapterError(f"Adapter {folder} is of PEFT's type {config.peft_type}, and only LoRA is read. {WAY_OUT}")
    if isinstance(config.init_lora_weights, str) and config.init_lora_weights not in KEEP_THE_BASE:
        raise AdapterError(
            f"Adapter {folder} began with init_lora_weights '{config.init_lora_weights}', which changes the base model "
            "too. Save it with `path_initial_model_for_weight_conversion`, or merge it and audit the model."
        )
    for option in ("use_dora", "alora_invocation_tokens", "use_qalora", "use_bdlora"):
        if getattr(config, option, None):
            raise AdapterError(f"Adapter {folder} is no plain LoRA: it has {option}. {WAY_OUT}")
    pattern = config.alpha_pattern or {}
    for layer in layers:
        as_read = next((key for key in pattern if layer.endswith(key)), layer)
        if as_read != get_pattern_key(pattern, layer):
            raise AdapterError(
                f"Adapter {folder} scales layer '{layer}' by a pattern that is not read: alpha_pattern is {pattern}. "
                f"{WAY_OUT}"
            )
