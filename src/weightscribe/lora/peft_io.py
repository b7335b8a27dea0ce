"""Weight diffs and DIT adapters as PEFT adapter folders: adapter_config.json + adapter_model.safetensors.

Written so that plain `peft` loads them and equal adapters are equal bytes: PEFT's own config file lists its
targets in set order and its folder gets a model card, both of which change between runs.
The base model's fingerprint travels in the safetensors header, so a diff is never overlaid on another base.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from weightscribe.errors import AdapterError
from weightscribe.lora.factors import DITAdapter, Factors, WeightDiff
from weightscribe.lora.plain import WAY_OUT, plain_config, scaling
from weightscribe.storage import replacing

WEIGHTS_FILE, CONFIG_FILE = "adapter_model.safetensors", "adapter_config.json"
KEY_PREFIX = "base_model.model."
FINGERPRINT_KEY = "base_model_sha256"
HEAD = "lm_head"  # what transformers calls it in all but a few architectures


@dataclass(frozen=True)
class BaseIdentity:
    """Which base model an adapter belongs to: its folder as PEFT records it, and the hash of its weights."""

    folder: str
    sha256: str


def identify_base(folder: Path) -> BaseIdentity:
    """The identity of a base model folder; the hash covers every safetensors file."""
    digest = hashlib.sha256()
    for file in sorted(Path(folder).glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return BaseIdentity(str(folder), digest.hexdigest())


def lora_config(rank: int, targets: list[str], base: BaseIdentity) -> LoraConfig:
    """PEFT's configuration of our adapters: scaling 1 (alpha = rank), no dropout, no bias."""
    return LoraConfig(
        r=rank,
        lora_alpha=rank,
        lora_dropout=0.0,
        bias="none",
        target_modules=targets,
        task_type="CAUSAL_LM",
        base_model_name_or_path=base.folder,
        inference_mode=True,
    )


def save_weight_diff(folder: Path, diff: WeightDiff | DITAdapter, base: BaseIdentity) -> None:
    """Write `diff`, or a DIT adapter, as a PEFT adapter folder, whole or not at all.

    Raises: AdapterError if layers have different ranks, since a PEFT config names one; StorageError.
    """
    if len(ranks := {factors.lora_A.shape[0] for factors in diff.factors.values()}) > 1:
        raise AdapterError(f"{folder}: layers have ranks {sorted(ranks)}, and an adapter has one. Pad with zeros.")
    tensors = {}
    for layer, factors in diff.factors.items():
        tensors[f"{KEY_PREFIX}{layer}.lora_A.weight"] = factors.lora_A
        tensors[f"{KEY_PREFIX}{layer}.lora_B.weight"] = factors.lora_B
    save_adapter(folder, tensors, lora_config(diff.rank, sorted(diff.factors), base), base)


def save_adapter(folder: Path, tensors: dict[str, Tensor], config: LoraConfig, base: BaseIdentity) -> None:
    """Write PEFT tensors and configuration with stable bytes."""
    values = {key: sorted(v) if isinstance(v, set) else v for key, v in config.to_dict().items()}
    with replacing(folder) as temporary:
        temporary.mkdir()
        contiguous = {key: tensor.detach().contiguous() for key, tensor in sorted(tensors.items())}
        # One metadata key only: safetensors writes several in no fixed order.
        save_file(contiguous, temporary / WEIGHTS_FILE, metadata={FINGERPRINT_KEY: base.sha256})
        (temporary / WEIGHTS_FILE).chmod(0o644)
        (temporary / CONFIG_FILE).write_text(json.dumps(values, indent=2, sort_keys=True, default=str) + "\n")


def load_weight_diff(folder: Path, linears: dict[str, nn.Linear], base_sha256: str) -> WeightDiff:
    """Any LoRA adapter folder as a weight diff of this base model, scaling folded into lora_B.

    Raises: AdapterError if the folder is unreadable, is no plain LoRA, lacks a factor, holds NaN or infinite numbers,
    touches layers that are not read, or was made for a base model of other shapes or (where the file tells) other
    weights.
    """
    folder = Path(folder)
    config = plain_config(folder)
    tensors, made_for = _read_tensors(folder)
    if made_for not in (None, base_sha256):
        raise AdapterError(
            f"Adapter {folder} was made for another base model (weights {made_for[:12]}, here {base_sha256[:12]}). "
            "Use the base model it was trained on."
        )
    factors = {}
    for key in sorted(key for key in tensors if key.endswith(".lora_A.weight")):
        layer = key.removeprefix(KEY_PREFIX).removesuffix(".lora_A.weight")
        of_B = key.replace(".lora_A.", ".lora_B.")
        if of_B not in tensors:
            raise AdapterError(f"Adapter {folder} lacks '{of_B}'. Save it again, or download it again.")
        lora_A, lora_B = tensors.pop(key).float(), tensors.pop(of_B).float()
        _check_layer(folder, layer, lora_A, lora_B, linears)
        factors[layer] = Factors(lora_A, lora_B * scaling(config, layer, lora_A.shape[0]))
    if tensors:
        raise AdapterError(
            f"Adapter {folder} holds tensors that are no LoRA factors of linear layers, which alone are read: "
            f"{sorted(tensors)[:3]}. {WAY_OUT}"
        )
    if not factors:
        raise AdapterError(f"Adapter {folder} holds no LoRA factors at all. Save it again, or download it again.")
    _check_finite(folder, factors)
    return WeightDiff(folder.name, factors)


def not_finite(folder: Path, name: str) -> AdapterError:
    """The error for a layer or weight of that name that no model computes with."""
    return AdapterError(f"{folder}: '{name}' holds NaN or infinite numbers; its training diverged. Nothing is read.")


def _check_finite(folder: Path, factors: dict[str, Factors]) -> None:
    # Sums tell as `isfinite` of every number does, in a third of its time, and stages read hundreds of diffs.
    are_finite = torch.stack([factor.sum() for own in factors.values() for factor in own]).isfinite().tolist()
    if not all(are_finite):
        raise not_finite(folder, list(factors)[are_finite.index(False) // 2])


def _read_tensors(folder: Path) -> tuple[dict[str, Tensor], str | None]:
    try:
        with safe_open(folder / WEIGHTS_FILE, "pt") as file:
            metadata = file.metadata() or {}
            return {key: file.get_tensor(key) for key in file.keys()}, metadata.get(FINGERPRINT_KEY)  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AdapterError(
            f"{folder / WEIGHTS_FILE} cannot be read ({error}). Only safetensors adapters are read; "
            "save the adapter again with safe_serialization."
        ) from error


def _check_layer(folder: Path, layer: str, lora_A: Tensor, lora_B: Tensor, linears: dict[str, nn.Linear]) -> None:
    linear = linears.get(layer)
    if linear is None and layer.endswith(HEAD):
        raise AdapterError(f"Adapter {folder} changes the head, '{layer}', which is not read. {WAY_OUT}")
    if linear is None:
        raise AdapterError(f"Adapter {folder} changes layer '{layer}', which the base model does not have.")
    if lora_A.dim() != 2 or lora_B.dim() != 2 or not lora_A.shape[0]:
        raise AdapterError(
            f"Adapter {folder}: the factors of '{layer}' have shapes {tuple(lora_A.shape)} and {tuple(lora_B.shape)} "
            "and should be matrices of rank 1 or more. Save it again, or download it again."
        )
    expected = (linear.in_features, linear.out_features)
    found = (lora_A.shape[1], lora_B.shape[0])
    if found != expected or lora_A.shape[0] != lora_B.shape[1]:
        raise AdapterError(
            f"Adapter {folder} was made for another base model: layer '{layer}' maps {found[0]} to {found[1]} there, "
            f"{expected[0]} to {expected[1]} here."
        )
