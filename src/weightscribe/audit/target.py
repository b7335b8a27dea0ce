"""What is audited: a PEFT adapter folder, or a whole fine-tuned model of the base model's architecture."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from weightscribe.audit.plain import check_plain
from weightscribe.base import BaseModel
from weightscribe.diffs.full import load_full, worn
from weightscribe.errors import AdapterError
from weightscribe.levers.cases import whole_norm
from weightscribe.lora.factors import WeightDiff, scaled
from weightscribe.lora.peft_io import CONFIG_FILE, load_weight_diff


@dataclass(frozen=True)
class Target:
    """A change of the base model's weights.

    weight_diff  of a PEFT adapter; None for a whole model
    tuned        a whole model's weights by parameter name; empty for an adapter
    norm         Frobenius norm of the whole change; 0 if nothing changed
    about        in a few words, for the report
    """

    name: str
    weight_diff: WeightDiff | None
    tuned: dict[str, Tensor]
    norm: float
    about: str

    @contextmanager
    def worn(self, base: BaseModel, multiplier: float = 1.0) -> Iterator[WeightDiff | None]:
        """In the block the base model, under the weight diff that is given, is M + multiplier (M' - M)."""
        if self.weight_diff is not None:
            yield scaled(self.weight_diff, multiplier)
        else:
            with worn(base, self.tuned, multiplier):
                yield None


def open_target(folder: Path, base: BaseModel) -> Target:
    """The adapter or model in `folder`.

    Raises: AdapterError if it is neither, cannot be read, belongs to another base model, or holds NaN.
    """
    folder = Path(folder).resolve()
    if (folder / CONFIG_FILE).is_file():
        return _open_adapter(folder, base)
    if not (folder / "config.json").is_file():
        raise AdapterError(
            f"{folder} holds neither {CONFIG_FILE} (a PEFT adapter) nor config.json (a model). Name the folder that "
            "`save_pretrained` wrote."
        )
    return _open_model(folder, base)


def _open_adapter(folder: Path, base: BaseModel) -> Target:
    check_plain(folder, base.overlay.linears)
    try:
        diff = load_weight_diff(folder, base.overlay.linears, base.identity.sha256)
    except KeyError as error:
        raise AdapterError(f"Adapter {folder} lacks {error}. Save it again, or download it again.") from error
    for layer, factors in diff.factors.items():
        _check_finite(folder, {f"{layer}.{name}": tensor for name, tensor in factors._asdict().items()})
    norm = whole_norm(diff)
    about = f"PEFT adapter of rank {diff.rank} on {len(diff.factors)} linear layers, norm {norm:.1f}"
    if made_for := json.loads((folder / CONFIG_FILE).read_text()).get("base_model_name_or_path"):
        about += f", made for {made_for}"
    return Target(folder.name, diff, {}, norm, about)


def _open_model(folder: Path, base: BaseModel) -> Target:
    tuned = load_full(folder, base)
    _check_finite(folder, tuned)
    own = {name: base.model.get_parameter(name).float() for name in tuned}
    norm = _norm([weight.float() - own[name] for name, weight in tuned.items()])
    about = f"whole model, norm of the change {norm:.1f}, {norm / _norm(list(own.values())):.1%} of the base model's"
    stored = next(iter(tuned.values())).dtype
    if torch.finfo(stored).eps > torch.finfo(base.model.dtype).eps:
        about += f"; stored in {str(stored).removeprefix('torch.')}, whose rounding is part of that"
    if _has_other_embeddings(folder, base):
        about += "; its embeddings differ too, which is not read"
    return Target(folder.name, None, tuned, norm, about)


def _norm(tensors: list[Tensor]) -> float:
    """Frobenius norm of all of them together."""
    return torch.stack([tensor.norm() for tensor in tensors]).norm().item()


def _check_finite(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    if bad := next((name for name, tensor in tensors.items() if not tensor.isfinite().all()), None):
        raise AdapterError(f"{folder}: '{bad}' holds NaN or infinite numbers; its training diverged. Nothing is read.")


def _has_other_embeddings(folder: Path, base: BaseModel) -> bool:
    """Whether the stored input embeddings are not the base model's, to the coarser precision of the two; untied heads
    are not looked at."""
    embeddings = base.model.get_input_embeddings().weight
    name = next(name for name, own in base.model.named_parameters() if own is embeddings)
    with safe_open(folder / "model.safetensors", "pt") as file:
        stored = file.get_tensor(name) if name in file.keys() else None  # noqa: SIM118
    if stored is None:
        return False
    coarser = max((stored.dtype, embeddings.dtype), key=lambda dtype: torch.finfo(dtype).eps)
    return stored.shape != embeddings.shape or not stored.to(coarser).equal(embeddings.to(coarser))
