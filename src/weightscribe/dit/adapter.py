"""A DIT adapter that was trained before, for those who only ask through it."""

from pathlib import Path

from weightscribe.base import BaseModel
from weightscribe.lora.factors import DITAdapter
from weightscribe.lora.peft_io import load_weight_diff


def load_dit_adapter(folder: Path, base: BaseModel) -> DITAdapter:
    """A stored DIT adapter.

    Raises: AdapterError if the folder is unreadable or the adapter was made for another base model.
    """
    return DITAdapter(load_weight_diff(folder, base.overlay.linears, base.identity.sha256).factors)
