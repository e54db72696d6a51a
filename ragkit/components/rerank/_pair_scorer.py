"""A cross-encoder in memory: loaded once for the process, asked by one caller at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ragkit.components.model_name import ModelName, model_folder
from ragkit.errors import EncoderError

_LOADED: dict[tuple[Path, str], PairScorer] = {}
_LOCK = threading.Lock()


class Judged(NamedTuple):
    """What a cross-encoder says of a pair, and whether the pair was longer than it reads."""

    logit: float
    cut: bool


class PairScorer:
    """A sentence-transformers ``CrossEncoder`` with one output. Loading takes seconds; ``load`` does it once.

    Args:
        name: The model as it was written, for messages.
        folder: Its files.
        device: ``auto`` or a torch device.

    Raises:
        EncoderError: The model needs code of its own, has weights that are no safetensors, gives more than one number
            for a pair, or cannot be loaded.
    """

    def __init__(self, name: str, folder: Path, device: str) -> None:
        from ragkit.corpus.encoder.torch_encoder import quiet, refuse_foreign_code

        refuse_foreign_code(name, folder)
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        with quiet():
            import torch
            from sentence_transformers import CrossEncoder

            try:
                model: Any = CrossEncoder(
                    str(folder),
                    device=None if device == "auto" else device,
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True, "dtype": torch.float32},
                    activation_fn=torch.nn.Identity(),
                )
            except Exception as error:
                raise EncoderError(f"the cross-encoder {name!r} in {folder} cannot be loaded: {error}") from error
        if model.num_labels != 1:
            raise EncoderError(
                f"the model {name!r} gives {model.num_labels} numbers for a pair, and a reranker needs 1",
                hint="choose a cross-encoder that was trained for relevance, such as "
                "cross-encoder/ms-marco-MiniLM-L6-v2",
            )
        self._model = model
        self.name = name
        self.limit = int(model.max_seq_length)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name: str, device: str) -> PairScorer:
        """The model of this name on this device, loaded the first time.

        Raises:
            EncoderError: It is not there and cannot be had, or it is no reranker that can be loaded.
        """
        with _LOCK:
            folder = model_folder(name, name.beside if isinstance(name, ModelName) else Path())
            if (folder, device) not in _LOADED:
                _LOADED[folder, device] = cls(name, folder, device)
            return _LOADED[folder, device]

    def score(self, pairs: Sequence[tuple[str, str]], batch_size: int) -> list[Judged]:
        """Judges each pair of question and passage.

        Raises:
            EncoderError: The device failed, most often because its memory is too small for the batch; or a logit is
                not a finite number.
        """
        import numpy as np

        with self._lock:  # a fast tokenizer must not be used by two threads at a time
            try:
                found = np.asarray(self._model.predict(list(pairs), batch_size=batch_size, show_progress_bar=False))
            except RuntimeError as error:
                raise EncoderError(
                    f"the cross-encoder {self.name!r} failed on {self._model.device} with {len(pairs)} pairs: {error}",
                    hint="set a smaller 'batch_size', or another 'device', on the step",
                ) from error
            cut = self._longer_than_read(pairs)
        if not np.isfinite(found).all():
            raise EncoderError(f"the cross-encoder {self.name!r} gave a score that is not a finite number")
        return [Judged(logit, place in cut) for place, logit in enumerate(found.astype(float).tolist())]

    def _longer_than_read(self, pairs: Sequence[tuple[str, str]]) -> set[int]:
        """The places of the pairs that have more tokens than the model reads; counting is spared for short ones."""
        # A token is at least one character, and at most four mark the borders.
        long = [place for place, pair in enumerate(pairs) if sum(map(len, pair)) > self.limit - 4]
        if not long:
            return set()
        questions, texts = ([pairs[place][side] for place in long] for side in (0, 1))
        tokens = self._model.tokenizer(questions, texts, truncation=False, verbose=False)["input_ids"]
        return {place for place, ids in zip(long, tokens, strict=True) if len(ids) > self.limit}
