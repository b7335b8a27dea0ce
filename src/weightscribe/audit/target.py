"""What is audited: a PEFT adapter folder, or a whole fine-tuned model of the base model's architecture."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

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
    about        in a few words, for the report
    """

    name: str
    weight_diff: WeightDiff | None
    tuned: dict[str, Tensor]
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

    Raises: AdapterError if it is neither, cannot be read, or belongs to another base model.
    """
    folder = Path(folder)
    if (folder / CONFIG_FILE).is_file():
        diff = load_weight_diff(folder, base.overlay.linears, base.identity.sha256)
        about = f"PEFT adapter of rank {diff.rank} on {len(diff.factors)} linear layers, norm {whole_norm(diff):.1f}"
        return Target(folder.name, diff, {}, about)
    if not (folder / "config.json").is_file():
        raise AdapterError(
            f"{folder} holds neither {CONFIG_FILE} (a PEFT adapter) nor config.json (a model). Name the folder that "
            "`save_pretrained` wrote."
        )
    tuned = load_full(folder, base)
    norm = torch.stack([(weight.float() - base.model.get_parameter(n).float()).norm() for n, weight in tuned.items()])
    about = f"whole model, {len(tuned)} changed weights compared, norm {norm.norm():.1f}"
    if _has_other_embeddings(folder, base):
        about += "; its embeddings differ too, which is not read"
    return Target(folder.name, None, tuned, about)


def _has_other_embeddings(folder: Path, base: BaseModel) -> bool:
    """Whether the stored input embeddings are not the base model's; untied heads are not looked at."""
    embeddings = base.model.get_input_embeddings().weight
    name = next(name for name, own in base.model.named_parameters() if own is embeddings)
    with safe_open(folder / "model.safetensors", "pt") as file:
        stored = file.get_tensor(name) if name in file.keys() else None  # noqa: SIM118
    return stored is not None and (
        stored.shape != embeddings.shape or not stored.to(embeddings.dtype).equal(embeddings)
    )
