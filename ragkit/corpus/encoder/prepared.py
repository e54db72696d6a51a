"""A model made ready once: its tokenizer, its facts and, where it can be exported, its ONNX graph.

It stands in ``<state>/encoders/<digest>/`` and is written in a folder beside it that is renamed when it is whole, so
what is there is complete. Questions need nothing else: neither the model's own folder nor torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

from ragkit.corpus.files import read_json

FORMAT = 1
_EXPORTERS = ("torch", "transformers", "sentence-transformers", "onnx", "onnxruntime")
FACTS, TOKENIZER, GRAPH = "encoder.json", "tokenizer.json", "model.onnx"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a prepared model.

    ``limit`` is the longest input in tokens, ``special`` of which the tokenizer adds itself; None reads any length.
    ``runtime`` is what questions run on; ``reason`` says why it is torch. ``least_cosine`` is the smallest cosine
    between the export's vectors and the model's, over the texts it was checked with.
    """

    model: str
    digest: str
    dimensions: int
    limit: int | None
    special: int
    query_prompt: str
    passage_prompt: str
    skips_prompt: bool
    inputs: tuple[str, ...]
    pad_id: int
    pad_token: str
    pad_side: Literal["left", "right"]
    cut_side: Literal["left", "right"]
    runtime: Literal["onnxruntime", "torch"]
    reason: str | None
    least_cosine: float | None
    seconds: float
    versions: dict[str, str | None] = field(hash=False)


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A prepared model: its folder and its facts."""

    folder: Path
    facts: ModelFacts

    @property
    def tokenizer(self) -> Path:
        """The tokenizer's file."""
        return self.folder / TOKENIZER

    @property
    def graph(self) -> Path:
        """The ONNX graph; there only when ``facts.runtime`` is ``onnxruntime``."""
        return self.folder / GRAPH


def open_prepared(encoders: Path, digest: str) -> PreparedModel | None:
    """The prepared model of this digest, or None when it has not been prepared, or by an older format."""
    folder = encoders / digest[:16]
    found = read_json(folder / FACTS)
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT or found.get("digest") != digest:
        return None
    if found["runtime"] == "torch" and found["versions"] != versions():
        return None  # what could not be exported may be exported by other versions
    return PreparedModel(folder, ModelFacts(**{**found, "inputs": tuple(found["inputs"])}))


def versions() -> dict[str, str | None]:
    """The installed versions of what exports and runs graphs; None where one is missing."""
    installed: dict[str, str | None] = {}
    for name in _EXPORTERS:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed[name] = None
    return installed
