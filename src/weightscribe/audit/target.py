"""What is audited: a PEFT adapter folder, or a whole fine-tuned model of the base model's architecture."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from weightscribe.base import BaseModel
from weightscribe.diffs.full import load_full, worn
from weightscribe.errors import AdapterError
from weightscribe.lora.factors import WeightDiff, frobenius_norm, scaled
from weightscribe.lora.peft_io import CONFIG_FILE, load_weight_diff, not_finite

READ_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Target:
    """A change of the base model's weights.

    weight_diff  of a PEFT adapter; None for a whole model
    tuned        a whole model's weights by parameter name; empty for an adapter
    norm         Frobenius norm of the whole change; 0 if nothing that is read changed
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

    Raises: AdapterError if it is neither, cannot be read, belongs to another base model, or holds numbers that are NaN,
    infinite, or so large that their norm is.
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
    diff = load_weight_diff(folder, base.overlay.linears, base.identity.sha256)
    norm = _norm(folder, {layer: frobenius_norm(own) for layer, own in diff.factors.items()})
    about = f"PEFT adapter of rank {diff.rank} on {len(diff.factors)} linear layers, norm {norm:.1f}"
    if made_for := json.loads((folder / CONFIG_FILE).read_text()).get("base_model_name_or_path"):
        about += f", made for {made_for}"
    return Target(folder.name, diff, {}, norm, about)


def _open_model(folder: Path, base: BaseModel) -> Target:
    tuned = load_full(folder, base)
    for name, weight in tuned.items():
        if weight.dtype not in READ_DTYPES:
            raise AdapterError(
                f"{folder}: '{name}' is stored as {_short(weight.dtype)}, a quantized model. Dequantize it and save it "
                "in bfloat16 or float32."
            )
        if not weight.isfinite().all():
            raise not_finite(folder, name)
    own = {name: base.model.get_parameter(name) for name in tuned}
    # At the coarser precision of the two: what rounds to the base model's own weights is no change.
    norm = _norm(folder, {name: _less(weight, own[name]).norm() for name, weight in tuned.items()})
    share = norm / _norm(folder, {name: weight.float().norm() for name, weight in own.items()})
    about = f"whole model, norm of the change {norm:.1f}, {share:.1%} of the base model's"
    stored = next(iter(tuned.values())).dtype
    eps_stored, eps_read = torch.finfo(stored).eps, torch.finfo(base.model.dtype).eps
    if eps_stored > eps_read:
        about += f"; stored in {_short(stored)}, whose rounding is read with it"
    elif eps_stored < eps_read:
        about += f"; read in {base.dtype}, in which the smallest changes are lost (audit.dtype)"
    if unread := _other_unread(folder, base):
        about += f"; its {' and '.join(unread)} {'differs' if unread == ['head'] else 'differ'} too, which is not read"
    return Target(folder.name, None, tuned, norm, about)


def _less(weight: Tensor, own: Tensor) -> Tensor:
    """weight - own in float32, both first rounded to the coarser dtype of the two."""
    coarser = max((weight.dtype, own.dtype), key=lambda dtype: torch.finfo(dtype).eps)
    return weight.to(coarser).float() - own.to(coarser).float()


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _norm(folder: Path, norms: Mapping[str, Tensor]) -> float:
    """Frobenius norm of all weights together.

    norms  of each, float32 scalars
    Raises: AdapterError if one is not finite: what is as large as that no model computes with.
    """
    values = {name: norm.item() for name, norm in norms.items()}
    if bad := next((name for name, value in values.items() if not math.isfinite(value)), None):
        raise not_finite(folder, bad)
    return math.hypot(*values.values())


def _other_unread(folder: Path, base: BaseModel) -> list[str]:
    """Which of the embeddings and the head, which are not read, are unlike the base model's.

    A file that holds no head of its own has the embeddings for one. Where the base model's are one, too, they are named
    once.
    """
    embeddings, head = base.model.get_input_embeddings(), base.model.get_output_embeddings()
    of_embeddings, of_head = (_weight_name(base.model, module) for module in (embeddings, head))
    with safe_open(folder / "model.safetensors", "pt") as file:
        stored = set(file.keys())

        def differs(name: str, own: Tensor) -> bool:
            if name not in stored:
                return False
            weight = file.get_tensor(name)
            return weight.shape != own.shape or weight.dtype not in READ_DTYPES or bool(_less(weight, own).any())

        others = ["embeddings"] if differs(of_embeddings, embeddings.weight) else []
        if of_head not in stored and head.weight is not embeddings.weight:
            of_head = of_embeddings
        return [*others, "head"] if differs(of_head, head.weight) else others


def _weight_name(model: nn.Module, module: nn.Module) -> str:
    return next(f"{name}.weight" for name, each in model.named_modules() if each is module)
