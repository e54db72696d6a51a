"""The plain document of a trace."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings

from ragkit.trace.plain import as_plain, plain_value
from ragkit.types import Passage, Passages

from .samples import Recorder, adaptive_run, nested_run
from .test_codec import port_values, results


def strict(value: Any) -> str:
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()  # no lone surrogates
    return text


@given(port_values | results)
@settings(max_examples=50)
def test_every_value_is_json(value: Any) -> None:
    strict(plain_value(value))


def test_the_whole_run_is_in_one_document() -> None:
    trace = nested_run()
    data = json.loads(strict(as_plain(trace)))
    assert data["trace_id"] == trace.id
    assert data["started"].startswith("2026-02-02T02:40:00")
    assert data["seconds"] == 1.0012
    assert [span["step"] for span in data["spans"]] == [span.step for span in trace.spans]
    hits = next(span for span in data["spans"] if span["use"] == "retrieve.dense")
    assert hits["seconds"] == 0.004
    assert hits["outputs"]["passages"]["ranked_by"] == "cosine"
    first = hits["outputs"]["passages"]["passages"][0]
    assert first == {"id": "doc0:0", "scores": {"cosine": 0.9}}
    assert data["passages"]["doc0:0"]["text"].startswith("Passage 0 says")
    assert len(data["passages"]) == 4
    assert data["result"]["error"]["hint"] == "set RAGKIT_LM"
    assert data["spans"][1]["decision"]["label"] == "multi"


def test_a_text_stands_once() -> None:
    assert strict(as_plain(adaptive_run())["spans"]).count("says that retrieval depth") == 1  # the quote of the answer
    assert strict(as_plain(adaptive_run())["passages"]).count("Passage 3 says") == 10


def test_two_passages_with_one_id_are_told_apart() -> None:
    record = Recorder()
    lists = [Passages([Passage("a", "a", "A", text)]) for text in ("whole", "short", "whole")]
    record.step("x", "expand.parent", inputs={"passages": lists[0]}, outputs={"passages": lists[1], "again": lists[2]})
    data = as_plain(record.finish())
    assert {name: passage["text"] for name, passage in data["passages"].items()} == {"a": "whole", "a~2": "short"}
    assert data["spans"][0]["outputs"]["passages"]["passages"][0]["id"] == "a~2"
    assert data["spans"][0]["outputs"]["again"]["passages"][0]["id"] == "a"


def test_what_json_has_no_number_for_is_a_string() -> None:
    assert plain_value([float("nan"), float("inf"), float("-inf"), -0.0]) == ["NaN", "Infinity", "-Infinity", -0.0]
