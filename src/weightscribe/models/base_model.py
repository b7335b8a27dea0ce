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
from typing import TYPE_CHECKING

from weightscribe.errors import FetchError, ModelError, ParamsError, StorageError
from weightscribe.models.wheel import check_sha256, fetch_from_wheel
from weightscribe.storage import replacing

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

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
        model = _load_model(folder, name, dtype=source.dtype, **options)
        tokenizer = _load_tokenizer(folder, name, **_tokenizer_options(options))
        with replacing(target) as temporary:
            _save(model, tokenizer, temporary, name)
            for licence in sorted(folder.glob("LICENSE*")):
                (temporary / licence.name).write_bytes(licence.read_bytes())
            check_base_model(temporary, name)


def check_base_model(folder: Path, name: str = "") -> None:
    """Check that `folder` is a causal language model with a tokenizer and a chat template.

    name  what to call the folder in messages, if not by its path
    Raises: ModelError if not. The weights are looked for, not read.
    """
    name = name or str(folder)
    _check_config(Path(folder), name)
    _load_tokenizer(Path(folder), name)


def load_base_model(folder: Path, dtype: "torch.dtype | str" = "float32") -> "PreTrainedModel":
    """The causal language model in `folder`, in eval mode, on the CPU.

    Raises: ModelError if the folder holds none, or lacks some of its weights.
    """
    _check_config(Path(folder), str(folder))
    return _load_model(Path(folder), str(folder), dtype=dtype)


def load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    """The tokenizer in `folder`; it has a chat template and a pad token (eos if it named none).

    Raises: ModelError if there is no tokenizer or no chat template.
    """
    return _load_tokenizer(Path(folder), str(folder))


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
            f"{_first_line(error)} Check the network, the id and, for a gated model, HF_TOKEN."
        ) from error
    return download


def _check_config(folder: Path, name: str) -> None:
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"{name} is no model folder: it has no config.json. "
            "Make it with `dvc repro base_model`, or give another folder."
        )
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{name}: config.json is not one this transformers reads: {_first_line(error)} "
            "Use a model that needs no code of its own."
        ) from error
    architectures = config.architectures or ["no architecture"]
    if not set(architectures) & set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()):
        raise ModelError(
            f"{name} holds {architectures[0]}, which is no causal language model. "
            "Use one that writes text, such as LlamaForCausalLM."
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            f"{name} has no .safetensors weights. Pickled weights are not read: save the model "
            "again with save_pretrained of a current transformers."
        )


def _load_model(folder: Path, name: str, **options) -> "PreTrainedModel":
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model, loading = AutoModelForCausalLM.from_pretrained(
            folder,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # so that the message below can name them
            **options,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"{name}: the weights cannot be loaded: {_first_line(error)} Fetch the model again."
        ) from error
    # transformers would fill these with random numbers and only warn.
    wrong = {name for name, *_ in loading["mismatched_keys"]} | set(loading["missing_keys"])
    if wrong:
        raise ModelError(
            f"{name}: {len(wrong)} weights are missing or not of the size its config says, the "
            f"first is {min(wrong)}. Fetch the model again."
        )
    return model.eval()


def _load_tokenizer(folder: Path, name: str, **options) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **options)
    except Exception as error:  # the tokenizers library raises bare Exception on a bad file
        raise ModelError(
            f"{name} has no readable tokenizer: {_first_line(error)} Save the model's tokenizer into the same folder."
        ) from error
    if not tokenizer.chat_template:
        raise ModelError(
            f"{name}: the tokenizer has no chat template. Use the instruct version of the model, "
            "or save a chat_template.jinja into the folder."
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


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
        raise StorageError(f"Cannot write the weights of {name}: {_first_line(error)}") from error
    except ValueError as error:
        raise ModelError(f"{name} cannot be saved again: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if line.endswith((".", "!")) else line + "."
