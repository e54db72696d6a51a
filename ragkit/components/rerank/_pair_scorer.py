"""A cross-encoder in memory: loaded once for the process, asked by one caller at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from ragkit.errors import EncoderError

_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors")
_LOADED: dict[tuple[Path, str], PairScorer] = {}
_LOCK = threading.Lock()


class Judged(NamedTuple):
    """What a cross-encoder says of a pair, and whether the pair was longer than it reads."""

    logit: float
    cut: bool


class ModelName(str):
    """A model as a pipeline names it; ``beside`` is the folder of that pipeline, from which a relative path counts."""

    beside: Path = Path()


def _named(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> ModelName:
    if isinstance(value, ModelName):
        return value
    name = ModelName(handler(value))
    name.beside = Path((info.context or {}).get("folder") or ".")
    return name


Model = Annotated[str, WrapValidator(_named)]
"""The type of a parameter that names a model: a folder, or a name on the hub."""


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


def model_folder(name: str, beside: Path) -> Path:
    """The files of a model: a folder as it is named, else the local copy of a hub model, which is fetched if need be.

    Args:
        name: A folder or a name on the hub.
        beside: Where a relative path counts from.

    Raises:
        EncoderError: There are none.
    """
    folder = beside / Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    if name.startswith((".", "/", "~")) or folder.is_dir():
        what = "holds no config.json" if folder.is_dir() else "does not exist"
        raise EncoderError(
            f"the cross-encoder's folder {str(folder.absolute())!r} {what}",
            hint="write a model's name on the hub, or the folder that save_pretrained wrote",
        )
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_WANTED), local_files_only=True))
    except Exception:
        pass  # not there yet: fetched below, which says what is wrong if it is
    try:
        return Path(snapshot_download(name, allow_patterns=list(_WANTED), ignore_patterns=["onnx/*", "openvino/*"]))
    except Exception as error:
        raise EncoderError(
            f"the cross-encoder {name!r} is neither a folder nor in the local cache, and it cannot be downloaded: "
            f"{_first_line(error)}",
            hint="write the path of a model folder; a relative one counts from the pipeline's file",
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
