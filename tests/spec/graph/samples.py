"""Descriptions to draw: every graph shape that the engine is tested with, and one whose words are hostile."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ragkit.spec.describe import describe
from ragkit.spec.load import load
from tests.engine.parts import CATALOGUE

SHAPES: dict[str, dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "engine" / "shapes.yaml").read_text(encoding="utf-8")
)
NAMES = sorted(SHAPES)
EVIL = """<script>alert("x")</script> & 'y' `z` \\ \n]]> end #quot; "}--> %% \x07"""


@functools.cache
def described(name: str) -> dict[str, Any]:
    """The description of a shape, by way of its file."""
    shape = SHAPES[name]
    with tempfile.TemporaryDirectory() as folder:
        writer = YAML()
        for file, content in {**shape.get("files", {}), "shape.yaml": _top(shape)}.items():
            with (Path(folder) / file).open("w", encoding="utf-8") as out:
                writer.dump(content, out)
        return describe(load(Path(folder) / "shape.yaml", catalogue=CATALOGUE))


def _top(shape: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "name": "shape", **{key: v for key, v in shape.items() if key not in ("asked", "files")}}


def nodes(graph: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every step of a described graph, with those inside its flows."""
    for node in graph["nodes"]:
        yield node
        for inner in node["graphs"]:
            yield from nodes(inner)


def graphs(graph: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield graph
    for node in graph["nodes"]:
        for inner in node["graphs"]:
            yield from graphs(inner)


def hostile() -> dict[str, Any]:
    """A route with one branch, every text of which tries to be something else."""
    step = {
        "path": EVIL, "name": EVIL, "use": EVIL, "kind": "CHAIN", "params": {"k": EVIL}, "given": ["k"], "bound": {},
        "inputs": {"q": {"from": "@question", "port": "question", "text": EVIL}, "v": {"value": EVIL}}, "when": EVIL,
        "corpus": None, "lm": None, "outputs": [{"name": EVIL, "type": "str"}], "flow": None, "graphs": [],
    }  # fmt: skip
    edge = {"from": "@question", "port": "question", "to": EVIL, "input": "q", "kind": "data"}
    inner = {
        "path": "r.b", "label": EVIL, "inputs": [], "nodes": [step], "edges": [edge],
        "output": {"x": {"from": EVIL, "port": "other", "text": EVIL}},
    }  # fmt: skip
    route = {
        **step, "path": "r", "name": "r", "use": "flow.route", "graphs": [inner],
        "flow": {"default": EVIL, "branches": [EVIL], "dropped": {EVIL: EVIL}},
    }  # fmt: skip
    graph = {
        "path": "", "inputs": [{"name": "question", "type": "str"}], "nodes": [route],
        "edges": [{**edge, "to": "r"}],
        "output": {EVIL: {"from": "r", "port": "output", "text": EVIL}, "two": {"from": "r", "port": "x", "text": "r"}},
    }  # fmt: skip
    return {"name": EVIL, "description": EVIL, "notes": [EVIL], "graph": graph}
