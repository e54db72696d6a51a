"""What ``ragkit train`` writes: one JSON file for each trained step, named in the pipeline and read when it is loaded.

A component takes such a file as a parameter of type ``TrainedFile``. The path in the YAML is relative to the pipeline's
file; the file is found, and its content becomes part of the plan's hash, when the pipeline is checked, so that a result
says which training it came from. Data only: nothing in it is ever executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from ragkit.errors import TrainedFileError, nearest

FORMAT = 1
_UNTRAINED: ContextVar[Literal["missing"] | Path | None] = ContextVar("untrained", default=None)


@contextlib.contextmanager
def untrained(path: Path | None = None) -> Iterator[None]:
    """Within, a pipeline is read in order to train it.

    Args:
        path: The file that is to be trained: it counts as not trained yet, whatever stands in it. None: any trained
            file may be missing.
    """
    token = _UNTRAINED.set("missing" if path is None else path)
    try:
        yield
    finally:
        _UNTRAINED.reset(token)


@dataclass(frozen=True, slots=True)
class TrainedFile:
    """A trained file that a pipeline names: where it is, and the SHA-256 of what stood in it when it was checked.

    ``digest`` is None for a file that is yet to be made (``untrained``).
    """

    path: Path
    digest: str | None

    @property
    def trained(self) -> bool:
        """True when there is a file."""
        return self.digest is not None

    def read(self, use: str) -> Trained:
        """What stands in it.

        Args:
            use: The component that reads it; a file that another component was trained for is refused.

        Raises:
            TrainedFileError: It is missing, has changed since the pipeline was checked, is damaged, was written by a
                newer ragkit, or belongs to another component.
        """
        try:
            body = self.path.read_bytes()
        except OSError as error:
            raise TrainedFileError(f"the trained file {str(self.path)!r} cannot be read: {error.strerror}") from error
        if self.digest is not None and _digest(body) != self.digest:
            raise TrainedFileError(
                f"the trained file {str(self.path)!r} has changed since the pipeline was loaded",
                hint="load the pipeline again",
            )
        return _parse(body, self.path, use)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A text in the file, a path relative to the pipeline; written back as name and digest."""
        return core_schema.with_info_wrap_validator_function(
            _found,
            core_schema.str_schema(strict=True, min_length=1),
            serialization=core_schema.plain_serializer_function_ser_schema(_said, info_arg=True),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """For an editor it is a text."""
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Trained:
    """The content of a trained file.

    ``use`` names the component; ``conditions`` says on what it was trained and how well it did (data, corpus version,
    encoder, measures); ``written_by`` holds the versions that wrote it; ``state`` is the component's own; ``questions``
    has short digests of what it learned from (``ragkit.evaluate.seen``), None where the file does not say.
    """

    use: str
    state: Mapping[str, Any]
    conditions: Mapping[str, Any]
    written_by: Mapping[str, str]
    questions: tuple[str, ...] | None = None

    def write(self, path: Path) -> str:
        """Writes the file, whole or not at all, and returns its SHA-256.

        Raises:
            TrainedFileError: It cannot be written.
        """
        document = {
            "format": FORMAT, "use": self.use, "written_by": dict(self.written_by),
            "conditions": dict(self.conditions), "state": dict(self.state),
        }  # fmt: skip
        if self.questions is not None:
            document["questions"] = " ".join(self.questions)
        body = (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
        half = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(body)
            half.replace(path)
        except OSError as error:
            raise TrainedFileError(f"the trained file {str(path)!r} cannot be written: {error.strerror}") from error
        return _digest(body)


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python, ragkit and these packages, for ``written_by``."""
    from importlib.metadata import version

    return {"python": platform.python_version(), **{name: version(name) for name in ("ragkit", *packages)}}


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _found(value: Any, handler: Any, info: ValidationInfo) -> TrainedFile:
    if isinstance(value, TrainedFile):
        return value
    text = handler(value)
    folder = (info.context or {}).get("folder") or Path()
    path = Path(os.path.normpath(folder / text))
    asked = _UNTRAINED.get()
    if asked == path or (asked == "missing" and not path.exists()):
        return TrainedFile(path, None)
    if path.is_file():
        return TrainedFile(path, _digest(path.read_bytes()))
    if path.is_dir():
        raise ValueError(f"{text!r} is a folder, not a trained file")
    known = sorted(file.name for file in path.parent.glob("*.json")) if path.parent.is_dir() else []
    guess = nearest(path.name, known)
    raise ValueError(
        f"there is no trained file {text!r} beside this pipeline"
        + (f"; did you mean {guess!r}?" if guess else "; 'ragkit train' makes it")
    )


def _said(value: TrainedFile, info: SerializationInfo) -> str:
    digest = "untrained" if value.digest is None else f"sha256:{value.digest[:16]}"
    return digest if info.mode == "json" else f"{value.path.name} ({digest})"


def _parse(body: bytes, path: Path, use: str) -> Trained:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise TrainedFileError(f"the trained file {str(path)!r} is not JSON: {error}") from error
    if not isinstance(document, dict) or not {"format", "use", "state"} <= document.keys():
        raise TrainedFileError(
            f"{str(path)!r} is not a trained file: it has no 'format', 'use' and 'state'",
            hint="'ragkit train' writes them",
        )
    if document["format"] != FORMAT:
        raise TrainedFileError(
            f"the trained file {str(path)!r} has format {document['format']!r}; this ragkit reads {FORMAT}",
            hint="train it again with this version: ragkit train",
        )
    if document["use"] != use:
        raise TrainedFileError(f"the trained file {str(path)!r} was trained for {document['use']!r}, not for {use!r}")
    if not isinstance(document["state"], dict):
        raise TrainedFileError(f"the trained file {str(path)!r} is damaged: its 'state' is no mapping")
    questions = document.get("questions")
    if not isinstance(questions, str | None):
        raise TrainedFileError(f"the trained file {str(path)!r} is damaged: its 'questions' are no text of digests")
    learned = None if questions is None else tuple(questions.split())
    return Trained(use, document["state"], document.get("conditions", {}), document.get("written_by", {}), learned)
