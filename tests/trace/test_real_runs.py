"""Runs of the real engine, one of every graph shape: stored, read back, told, compared and exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.trace.diff import diff
from ragkit.trace.export.markdown import markdown
from ragkit.trace.export.otlp import to_line
from ragkit.trace.plain import as_plain
from ragkit.trace.record import from_document, to_document
from ragkit.trace.store import TraceStore
from ragkit.trace.story import story
from ragkit.trace.tree import Branch, tree
from tests.engine.test_shapes import NAMES, SHAPES, make

from .samples import as_dict
from .test_codec import same


def count(branches: list[Branch]) -> int:
    return sum(1 + count([b for group in branch.groups for b in group.branches]) for branch in branches)


@pytest.mark.parametrize("name", NAMES)
def test_every_shape(name: str, tmp_path: Path) -> None:
    shape: dict[str, Any] = SHAPES[name]
    with TraceStore(tmp_path / "traces.db") as store, make(shape, tmp_path, store=store) as pipeline:
        for question in shape["asked"]:
            result = pipeline.run(question)
            stored = store.get(result.trace_id)
            assert same(as_dict(stored.trace), as_dict(result.trace))
            assert (stored.row.outcome == "failed") == (result.error is not None)
            check(stored.trace)


def check(trace: Any) -> None:
    told = story(trace, width=400)
    for span in trace.spans:
        assert span.use in told
    assert count(tree(trace)) == len(trace.spans)
    if trace.result["answer"]:
        assert trace.result["answer"] in told
    assert diff(trace, trace).first_change is None
    json.dumps(as_plain(trace), allow_nan=False)
    assert markdown(trace)
    spans = json.loads(to_line(trace))["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert len(spans) == len(trace.spans) + 1
    sink: dict[str, bytes] = {}
    closed = from_document(to_document(trace, sink, content=False), sink)
    assert [span.status for span in closed.spans] == [span.status for span in trace.spans]
    assert [span.decision and span.decision.kind for span in closed.spans] == [
        span.decision and span.decision.kind for span in trace.spans
    ]
