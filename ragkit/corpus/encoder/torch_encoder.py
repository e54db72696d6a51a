"""The encoder as sentence-transformers runs it: used when an index is built, and where a model has no ONNX export."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.errors import EncoderError

Side = Literal["query", "passage"]
_ROUTER = "Router"


class TorchEncoder:
    """A sentence-transformers model on a device. Loading takes seconds: make it only when it is needed.

    Args:
        name: The model's name, for messages.
        folder: Its files.
        device: ``auto`` or a torch device.

    Raises:
        EncoderError: The model needs code of its own, has weights that are no safetensors, or cannot be loaded.
    """

    def __init__(self, name: str, folder: Path, device: str = "auto") -> None:
        refuse_foreign_code(name, folder)
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        with quiet():
            import torch
            from sentence_transformers import SentenceTransformer

            try:
                model = SentenceTransformer(
                    str(folder),
                    device=None if device == "auto" else device,
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True, "dtype": torch.float32},
                )
            except Exception as error:
                raise EncoderError(f"the encoder {name!r} in {folder} cannot be loaded: {error}") from error
        model.default_prompt_name = None
        self.name = name
        self.folder = folder
        self.model: Any = model
        self.limit = _limit(model)
        self.asymmetric = any(type(module).__name__ == _ROUTER for module in model)
        self._lock = threading.Lock()

    @property
    def prompts(self) -> dict[Side, str]:
        """The model's own prompts."""
        known = self.model.prompts
        passage = next((known[name] for name in ("document", "passage", "corpus") if known.get(name)), "")
        return {"query": known.get("query") or "", "passage": passage}

    def encode(
        self, texts: Sequence[str], prompt: str, side: Side, batch_size: int, max_tokens: int | None = None
    ) -> Vectors:
        """Normalised vectors, ``float32 [len(texts), all dimensions]``; longer texts are cut at ``max_tokens``.

        Raises:
            EncoderError: The device failed: most often, its memory is too small for the batch.
        """
        call = {"query": self.model.encode_query, "passage": self.model.encode_document}[side]
        with self._lock, quiet():
            if self.limit is not None:
                self.model.max_seq_length = max_tokens if max_tokens is not None else self.limit
            try:
                vectors = call(
                    list(texts),
                    prompt=prompt,
                    batch_size=batch_size,
                    show_progress_bar=False,
                    normalize_embeddings=True,
                )
            except RuntimeError as error:
                raise EncoderError(
                    f"the encoder {self.name!r} failed on {self.model.device} with {len(texts)} texts: {error}",
                    hint="set a smaller `batch_size`, or another `device`, under `encoder`",
                ) from error
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)


def refuse_foreign_code(name: str, folder: Path) -> None:
    """Checks that a model is made of sentence-transformers' own modules and safetensors weights.

    Raises:
        EncoderError: It is not; loading it would run code or unpickle data that came with it.
    """
    modules = folder / "modules.json"
    if modules.is_file():
        for module in json.loads(modules.read_text(encoding="utf-8")):
            if not str(module.get("type", "")).startswith("sentence_transformers."):
                raise EncoderError(
                    f"the encoder {name!r} brings code of its own ({module.get('type')!r}), which ragkit does not run",
                    hint="choose a model that sentence-transformers loads without trust_remote_code",
                )
    for weights in folder.rglob("pytorch_model.bin"):
        if not any(weights.parent.glob("*.safetensors")):
            raise EncoderError(
                f"the encoder {name!r} has weights that are no safetensors: {weights.relative_to(folder)}",
                hint="convert the model with save_pretrained(..., safe_serialization=True)",
            )


def _limit(model: Any) -> int | None:
    """The longest input in tokens; None for a model that reads any length."""
    length = model.max_seq_length
    return int(length) if length is not None and length < 1_000_000 else None


class quiet:
    """Keeps progress bars and chatter of the model libraries off the terminal while they run."""

    def __enter__(self) -> None:
        from transformers.utils import logging as transformers_logging

        chatter: Any = transformers_logging
        self._bars = chatter.is_progress_bar_enabled()
        chatter.disable_progress_bar()
        self._levels = [(log, log.level) for log in map(logging.getLogger, ("transformers", "sentence_transformers"))]
        for log, _ in self._levels:
            log.setLevel(logging.ERROR)

    def __exit__(self, *exception: object) -> None:
        from transformers.utils import logging as transformers_logging

        chatter: Any = transformers_logging
        if self._bars:
            chatter.enable_progress_bar()
        for log, level in self._levels:
            log.setLevel(level)
