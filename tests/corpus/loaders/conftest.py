"""Loading from files that a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders import SourceSpec, load_documents

Load = Callable[..., tuple[list[Document], list[str]]]
SPECS: TypeAdapter[SourceSpec] = TypeAdapter(SourceSpec)


def load_from(base: Path, kind: str, path: Any = ".", **options: Any) -> tuple[list[Document], list[str]]:
    """The documents of a source below ``base``, and the warnings."""
    warnings: list[str] = []
    spec = SPECS.validate_python({"kind": kind, "path": path, **options})
    return list(load_documents(spec, base, warnings.append)), warnings


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The folder that a source's paths start from."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    return folder


@pytest.fixture
def load(base: Path) -> Load:
    """``load(kind, path, **options)``: the documents of a source below ``base``, and the warnings."""

    def run(kind: str, path: Any = ".", **options: Any) -> tuple[list[Document], list[str]]:
        return load_from(base, kind, path, **options)

    return run


@pytest.fixture
def write(base: Path) -> Callable[[str, str | bytes], Path]:
    """``write(name, content)``: a file below ``base``, as it is given, no line ending touched."""

    def run(name: str, content: str | bytes) -> Path:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return run
