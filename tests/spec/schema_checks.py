"""What the tests of the JSON Schemas share: a file as an editor sees it, and what a schema says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.reading.source import read

HERE = Path(__file__).parent
EVERYTHING = HERE / "everything.yaml"


def as_written(node: Node) -> Any:
    """What an editor sees: variables as they are written."""
    if node.kind == "map":
        return {key: as_written(inner) for key, inner in node.value.items()}
    if node.kind == "list":
        return [as_written(inner) for inner in node.value]
    return node.written if "$" in node.written else node.value


def document(file: Path) -> Any:
    diagnostics = Diagnostics()
    node = read(file, diagnostics, {})
    assert node is not None, diagnostics.errors
    return as_written(node)


def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(schema: jsonschema.Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(value)]
