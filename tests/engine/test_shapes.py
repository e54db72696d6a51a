"""The engine's behaviour as a table of graph shapes: each runs alone, as a batch and from several threads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ragkit.engine import Pipeline, RunResult
from ragkit.spec.load import load
from tests.engine.parts import CATALOGUE

SHAPES: dict[str, dict[str, Any]] = YAML(typ="safe").load((Path(__file__).parent / "shapes.yaml").read_text())
NAMES = sorted(SHAPES)


def make(shape: dict[str, Any], folder: Path, **options: Any) -> Pipeline:
    """The shape's pipeline, written to files as a person would write it and read back."""
    writer = YAML()
    for name, content in shape.get("files", {}).items():
        with (folder / name).open("w") as file:
            writer.dump(content, file)
    top = {"version": 1, "name": "shape", **{k: v for k, v in shape.items() if k not in ("asked", "files")}}
    with (folder / "shape.yaml").open("w") as file:
        writer.dump(top, file)
    return Pipeline(load(folder / "shape.yaml", catalogue=CATALOGUE), **options)


def verify(result: RunResult, expected: Any) -> None:
    """Holds a result against what the table expects of it."""
    document = result.document
    if isinstance(expected, str):
        expected = {"answer": expected}
    if isinstance(expected, list):
        expected = {"ids": expected}
    if "error" in expected:
        assert document["error"] is not None, f"no error; the answer was {document['answer']!r}"
        assert document["error"]["step"] == expected["error"]
        assert document["answer"] is None
    else:
        assert document["error"] is None, document["error"]
        assert result.stopped == expected.get("stopped")
    if "answer" in expected:
        assert document["answer"] == expected["answer"]
    if "ids" in expected:
        assert [p["id"] for p in document["passages"]] == expected["ids"]
    if "warning" in expected:
        assert any(expected["warning"] in text for text in document["warnings"]), document["warnings"]
    elif "error" not in expected:
        assert document["warnings"] == []
    spans = result.trace.spans
    assert [span.index for span in spans] == list(range(len(spans)))
    assert all(span.parent is None or span.parent < span.index for span in spans)
    if "skipped" in expected:
        skipped = [span for span in spans if span.status == "skipped"]
        assert sorted(span.step for span in skipped) == sorted(expected["skipped"])
        assert all(span.reason for span in skipped)
    if "rounds" in expected:
        loop = next(span for span in spans if span.step == "loop")
        assert loop.outputs["rounds"] == expected["rounds"]
    for step, count in expected.get("spans", {}).items():
        assert sum(span.step == step for span in spans) == count


def test_the_table_is_large_enough() -> None:
    assert len(SHAPES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_one_by_one(name: str, tmp_path: Path) -> None:
    with make(SHAPES[name], tmp_path) as pipeline:
        for question, expected in SHAPES[name]["asked"].items():
            verify(pipeline.run(question), expected)


@pytest.mark.parametrize("batch_size", [1, 3, 128])
@pytest.mark.parametrize("name", NAMES)
def test_as_a_batch(name: str, batch_size: int, tmp_path: Path) -> None:
    asked = list(SHAPES[name]["asked"].items()) * 3
    with make(SHAPES[name], tmp_path, batch_size=batch_size) as pipeline:
        for result, (_, expected) in zip(pipeline.run_batch([q for q, _ in asked]), asked, strict=True):
            verify(result, expected)


@pytest.mark.parametrize("name", NAMES)
def test_from_several_threads(name: str, tmp_path: Path) -> None:
    asked = list(SHAPES[name]["asked"].items())
    found: list[tuple[RunResult, Any]] = []
    with make(SHAPES[name], tmp_path) as pipeline:

        def ask(offset: int) -> None:
            for index in range(len(asked)):
                question, expected = asked[(index + offset) % len(asked)]
                found.append((pipeline.run(question), expected))

        threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 4 * len(asked)
    for result, expected in found:
        verify(result, expected)
