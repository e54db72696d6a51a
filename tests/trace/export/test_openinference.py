"""Attribute names are those of the conventions, and say what the run says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from ragkit.trace.export.masking import SHOW_ALL, Hide, masked
from ragkit.trace.export.openinference import KINDS, graph_parent, run_attributes, step_attributes
from ragkit.trace.stored import Feedback
from ragkit.types import Decision, Usage

from ..samples import QUESTION, Recorder, adaptive_run, nested_run, ranked
from ..test_codec import port_values

DOCUMENT = r"\.\d+\.document\.(id|content|score|metadata)"
NAMES = re.compile(
    "|".join((
        r"openinference\.span\.kind", r"(input|output)\.(value|mime_type)", r"metadata",
        r"graph\.node\.(id|name|parent_id)", rf"retrieval\.documents{DOCUMENT}",
        rf"reranker\.(query|model_name|top_k|(input|output)_documents{DOCUMENT})",
        r"llm\.(model_name|invocation_parameters|cost\.total)",
        r"llm\.(input|output)_messages\.\d+\.message\.(role|content)",
        r"embedding\.model_name",
        r"llm\.token_count\.(prompt|completion|total|prompt_details\.cache_read)",
        r"trace\.annotations\.\d+\.annotation\.(name|label|score|explanation|annotator_kind)",
        r"ragkit\.(abstained|stopped|step\.\w+|decision\.\w+|usage\.\w+)",
    ))
)  # fmt: skip


@pytest.mark.parametrize("make", [adaptive_run, nested_run])
def test_names_and_types_are_those_of_the_conventions(make: Any) -> None:
    trace = make()
    for attributes in [run_attributes(trace), *(step_attributes(span, trace) for span in trace.spans)]:
        assert attributes["openinference.span.kind"] in KINDS
        for name, value in attributes.items():
            assert NAMES.fullmatch(name), name
            assert isinstance(value, (str, bool, int, float)) or all(isinstance(item, str) for item in value)


def test_the_run() -> None:
    trace = adaptive_run()
    said = (Feedback(1, "helpful", "no", 0.5, "off"), Feedback(2, "fine"))
    found = run_attributes(trace, said)
    assert found["input.value"] == QUESTION
    assert found["output.value"] == "It cuts at the largest gap [1]."
    assert found["input.mime_type"] == found["output.mime_type"] == "text/plain"
    assert json.loads(str(found["metadata"]))["conditions"]["corpus_version"] == {"papers": "v3"}
    assert found["trace.annotations.0.annotation.label"] == "no"
    assert found["trace.annotations.0.annotation.score"] == 0.5
    assert found["trace.annotations.0.annotation.explanation"] == "off"
    assert found["trace.annotations.1.annotation.annotator_kind"] == "HUMAN"
    assert "trace.annotations.1.annotation.score" not in found


def test_a_retriever() -> None:
    trace = adaptive_run()
    found = step_attributes(trace.spans[0], trace)
    assert found["openinference.span.kind"] == "RETRIEVER"
    assert found["input.value"] == QUESTION
    assert found["retrieval.documents.0.document.id"] == "doc0:0"
    assert found["retrieval.documents.7.document.score"] == pytest.approx(0.83)
    assert str(found["retrieval.documents.0.document.content"]).startswith("Passage 0 says")
    metadata = json.loads(str(found["retrieval.documents.0.document.metadata"]))
    assert metadata == {"year": 2020, "doc_id": "doc0", "title": "Title 0", "tokens": 130, "scores": {"cosine": 0.9}}
    assert "retrieval.documents.8.document.id" not in found
    assert found["ragkit.usage.retrieval_calls"] == 1
    nested = nested_run()
    hits = next(span for span in nested.spans if span.use == "retrieve.dense")
    assert step_attributes(hits, nested)["input.value"] == "what is k 1"
    assert step_attributes(hits, nested)["ragkit.step.frame"] == "each[0]/ask#1"


def test_a_reranker() -> None:
    trace = nested_run()
    found = step_attributes(trace.spans[-2], trace)
    assert found["reranker.query"] == QUESTION
    assert found["reranker.model_name"] == "tiny"
    assert found["reranker.top_k"] == 4
    given = [found[f"reranker.input_documents.{n}.document.id"] for n in range(4)]
    assert given == ["doc1:0", "doc2:0", "doc0:0", "doc3:0"]
    assert found["reranker.output_documents.0.document.id"] == "doc0:0"
    assert found["reranker.output_documents.0.document.score"] == 5.0


def test_a_decision() -> None:
    trace = adaptive_run()
    found = step_attributes(trace.spans[1], trace)
    wanted = {"kind": "select", "kept": 3, "of": 8, "score": 0.12, "threshold": 0.05}
    assert {name: found[f"ragkit.decision.{name}"] for name in wanted} == wanted
    assert json.loads(str(found["ragkit.decision.details"]))["cut"] == 2
    assert found["ragkit.step.warnings"] == ["the score curve is nearly flat"]
    assert "ragkit.decision.label" not in found
    assert step_attributes(nested_run().spans[1], nested_run())["ragkit.decision.label"] == "multi"


def test_tokens_and_cost_that_are_not_known_are_left_out() -> None:
    record = Recorder()
    known = record.step("a", "generate.answer", kind="LLM", params={"model": "m"},
                        usage=Usage(2, 100, 20, cached_tokens=30, cost=0.01))  # fmt: skip
    unknown = record.step("b", "generate.answer", kind="LLM", usage=Usage(1, None, 5, cost=None))
    trace = record.finish()
    found = step_attributes(known, trace)
    assert found["llm.token_count.prompt"] == 100
    assert found["llm.token_count.total"] == 120
    assert found["llm.token_count.prompt_details.cache_read"] == 30
    assert found["llm.cost.total"] == 0.01
    assert found["llm.model_name"] == "m"
    names = step_attributes(unknown, trace).keys()
    assert {"llm.token_count.prompt", "llm.token_count.total", "llm.cost.total"}.isdisjoint(names)


def test_the_graph_is_drawn_along_the_edges() -> None:
    trace = nested_run()
    assert graph_parent(trace.spans[0], trace) == "question"
    assert graph_parent(trace.spans[2], trace) == "choose"
    trace.graph = {"graph": {"edges": [
        {"from": "@question", "port": "question", "to": "rerank", "input": "question", "kind": "data"},
        {"from": "choose", "port": "output", "to": "rerank", "input": "passages", "kind": "data"},
    ], "nodes": [{"graphs": [{"edges": [
        {"from": "gate", "port": "label", "to": "answer", "input": "x", "kind": "condition"},
        {"from": "rerank", "port": "passages", "to": "answer", "input": "passages", "kind": "data"},
    ], "nodes": []}]}]}}  # fmt: skip
    assert graph_parent(trace.spans[-2], trace) == "choose"
    assert graph_parent(trace.spans[-1], trace) == "rerank"


@given(port_values)
@settings(max_examples=50)
def test_any_value_can_be_exported(value: Any) -> None:
    record = Recorder()
    span = record.step("a", "x.y", inputs={"in": value}, outputs={"out": value}, params={"p": value},
                       decision=Decision("gate", "why", score=float("nan"), details={"d": value}))  # fmt: skip
    found = step_attributes(span, record.finish())
    json.dumps(found, allow_nan=False)
    "".join(map(str, found.values())).encode()


def everything(trace: Any, hide: Hide) -> str:
    shown = masked(trace, hide)
    attributes = [run_attributes(shown, (), hide), *(step_attributes(span, shown, hide) for span in shown.spans)]
    return json.dumps(attributes)


def test_inputs_and_outputs_are_hidden_on_their_own() -> None:
    trace = adaptive_run()
    trace.spans[1].warnings = (f"nothing for {QUESTION}",)
    assert QUESTION in everything(trace, SHOW_ALL)
    both = everything(trace, Hide(inputs=True, outputs=True))
    for text in (QUESTION, "It cuts at", "Passage 0 says", "Title 0"):
        assert text not in both
    assert "doc0:0" in both
    assert '"ragkit.decision.kept": 3' in both
    assert "the largest gap is after rank 2" in both
    inputs = everything(trace, Hide(inputs=True))
    assert QUESTION not in inputs
    assert "It cuts at" in inputs
    assert "Passage 0 says" in inputs
    outputs = everything(trace, Hide(outputs=True))
    assert f'"input.value": "{QUESTION}"' in outputs
    assert "It cuts at" not in outputs
    assert "Passage 0 says" not in outputs
    only_outputs = Hide(outputs=True)
    run = run_attributes(masked(trace, only_outputs), (Feedback(1, "x", comment="It cuts at"),), only_outputs)
    assert run["output.value"] == "__REDACTED__"
    assert run["trace.annotations.0.annotation.explanation"] == "__REDACTED__"


def test_hiding_changes_no_trace() -> None:
    trace = adaptive_run()
    masked(trace, Hide(True, True))
    assert trace.question == QUESTION
    assert trace.spans[0].outputs["passages"] == ranked(8)


def test_the_switches_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from ragkit.errors import UsageError

    monkeypatch.delenv("OPENINFERENCE_HIDE_INPUTS", raising=False)
    assert Hide.from_environment() == Hide()
    monkeypatch.setenv("OPENINFERENCE_HIDE_INPUTS", "TRUE")
    monkeypatch.setenv("OPENINFERENCE_HIDE_OUTPUTS", "false")
    assert Hide.from_environment() == Hide(inputs=True)
    monkeypatch.setenv("OPENINFERENCE_HIDE_OUTPUTS", "maybe")
    with pytest.raises(UsageError, match="OPENINFERENCE_HIDE_OUTPUTS is 'maybe'"):
        Hide.from_environment()
