"""Which model a pipeline means: a folder beside it, or a name on the hub; and the files of that model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator

from ragkit.errors import EncoderError, RagkitError

_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors")


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


def model_folder(
    name: str, beside: Path, what: str = "cross-encoder", failure: type[RagkitError] = EncoderError
) -> Path:
    """The files of a model: a folder as it is named, else the local copy of a hub model, which is fetched if need be.

    Args:
        name: A folder or a name on the hub.
        beside: Where a relative path counts from.
        what: What kind of model it is, for messages.
        failure: The error that is raised where there are none.

    Raises:
        RagkitError: There are none; of the kind ``failure``.
    """
    folder = beside / Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    if name.startswith((".", "/", "~")) or folder.is_dir():
        wrong = "holds no config.json" if folder.is_dir() else "does not exist"
        raise failure(
            f"the {what}'s folder {str(folder.absolute())!r} {wrong}",
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
        raise failure(
            f"the {what} {name!r} is neither a folder nor in the local cache, and it cannot be downloaded: "
            f"{_first_line(error)}",
            hint="write the path of a model folder; a relative one counts from the pipeline's file",
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
