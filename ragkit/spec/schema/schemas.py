"""The JSON Schemas of pipeline and corpus files, for editors: completion, hover and errors while typing.

They are made from the classes (components, their parameters, the corpus model), written beside this module and
committed; ``ragkit schema --check`` and a test say when they are out of date. A file names its schema in its first
line::

    # yaml-language-server: $schema=../ragkit/spec/pipeline.schema.json

A schema sees one value at a time: what it accepts has the right structure, and whether its references lead somewhere
is for ``ragkit validate``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from ragkit.component import Component
from ragkit.spec.schema.language import definitions, top_level
from ragkit.spec.schema.steps import step_definitions
from ragkit.spec.schema.values import opened

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PIPELINE_FILE = "pipeline.schema.json"
CORPUS_FILE = "corpus.schema.json"
_EXTRA_BLOCKS = {"^x-": {"description": "a block of your own: anchors, notes; ragkit does not read it"}}


class Components(Protocol):
    """What a schema is made from: the catalogue of components."""

    def names(self) -> tuple[str, ...]:
        """Every ``role.name``."""

    def get(self, use: str) -> type[Component]:
        """The class of a component."""


def pipeline_schema(catalogue: Components) -> dict[str, Any]:
    """The schema of a pipeline file whose steps use the components of ``catalogue``."""
    return {
        "$schema": DRAFT,
        "title": "ragkit pipeline",
        "description": "Named steps that form a graph, and one output.",
        "type": "object",
        "properties": top_level(),
        "patternProperties": _EXTRA_BLOCKS,
        "required": ["version", "steps", "output"],
        "additionalProperties": False,
        "$defs": {
            **definitions(),
            **step_definitions((use, catalogue.get(use)) for use in catalogue.names()),
        },
    }


def corpus_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a corpus file, from the model that it is read into."""
    return {"$schema": DRAFT, "title": "ragkit corpus", **opened(model.model_json_schema())}


def schemas(catalogue: Components, corpus_model: type[BaseModel]) -> dict[str, str]:
    """The text of each schema file, by its name."""
    return {
        PIPELINE_FILE: _text(pipeline_schema(catalogue)),
        CORPUS_FILE: _text(corpus_schema(corpus_model)),
    }


def write_schemas(folder: Path, catalogue: Components, corpus_model: type[BaseModel]) -> tuple[Path, ...]:
    """Writes the schema files into ``folder``.

    Returns:
        The files whose text changed.
    """
    changed = stale_schemas(folder, catalogue, corpus_model)
    texts = schemas(catalogue, corpus_model)
    for path in changed:
        path.write_text(texts[path.name], encoding="utf-8")
    return changed


def stale_schemas(folder: Path, catalogue: Components, corpus_model: type[BaseModel]) -> tuple[Path, ...]:
    """The schema files in ``folder`` that are missing or not what the classes say now."""
    return tuple(
        folder / name
        for name, text in schemas(catalogue, corpus_model).items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    )


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
