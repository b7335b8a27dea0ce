"""Sentence embeddings from a MiniLM folder, with plain transformers.

The folder holds all-MiniLM-L6-v2 (config.json, model.safetensors, tokenizer.json). Loading it
ourselves instead of through sentence-transformers saves a dependency; the pooling is the one its
own `1_Pooling/config.json` names. Texts are lower-cased (the vocabulary is uncased).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from weightscribe.errors import ModelError

MAX_TOKENS = 256  # the model's own max_seq_length: it saw nothing longer in training
BATCH_SIZE = 64


class SentenceEmbedder:
    """Unit-length sentence embeddings on the CPU, in float32 and without dropout.

    Raises: ModelError if `folder` is missing or holds no usable encoder and tokenizer.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        try:
            self._weights_path = self.folder / "model.safetensors"
            if not self._weights_path.is_file():
                raise OSError("it has no model.safetensors")
            with _no_progress_bar():
                self._tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
                self._model, loading = AutoModel.from_pretrained(
                    self.folder,
                    local_files_only=True,
                    use_safetensors=True,
                    dtype=torch.float32,
                    output_loading_info=True,
                )
            if loading["missing_keys"]:  # transformers would fill these at random
                raise OSError(f"{len(loading['missing_keys'])} weights are missing from it")
        except Exception as error:  # transformers, tokenizers and safetensors each raise their own
            reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise ModelError(
                f"No usable sentence embedding model in {self.folder} ({reason[:160]}). Run: dvc repro judge_model"
            ) from error
        self._model.eval()

    @property
    def n_dimensions(self) -> int:
        """Length of one embedding: 384 for all-MiniLM-L6-v2."""
        return self._model.config.hidden_size

    def weights_sha256(self) -> str:
        """Hash of model.safetensors, to tie a calibration to the model it was fitted with."""
        with self._weights_path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @torch.no_grad()
    def embed(self, texts: list[str]) -> np.ndarray:
        """One unit vector a text: float32 (n, n_dimensions), in the order given.

        Texts are batched by length so that little of a batch is padding. A text beyond
        MAX_TOKENS is cut there.
        """
        embeddings = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(texts), BATCH_SIZE):
            indices = by_length[start : start + BATCH_SIZE]
            tokens = self._tokenizer(
                [texts[i].lower() for i in indices],
                padding=True,
                truncation=True,
                max_length=min(MAX_TOKENS, self._model.config.max_position_embeddings),
                return_tensors="pt",
            )
            hidden = self._model(**tokens).last_hidden_state  # (b, s, h)
            mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # (b, s, 1)
            pooled = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            embeddings[indices] = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return embeddings


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Loading 90 MB takes a moment; transformers' bar would only litter the caller's output."""
    was_enabled = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            transformers_logging.enable_progress_bar()
