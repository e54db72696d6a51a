"""Content switched off: no text of a run reaches the file; numbers, ids, labels and decisions do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.trace.model import Trace
from ragkit.trace.record import from_document, is_redacted, to_document
from ragkit.trace.redact import REDACTED, scrub
from ragkit.trace.store import TraceStore
from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Turn

from .samples import Recorder, adaptive_run, nested_run, ranked

SECRET = "zebra quagga"
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(lambda text: f"{text} {SECRET} {text}")


def redacted(trace: Trace) -> tuple[Trace, str]:
    sink: dict[str, bytes] = {}
    document = to_document(trace, sink, content=False)
    written = json.dumps(document) + "".join(body.decode() for body in sink.values())
    return from_document(document, sink), written


def secretive(text: str) -> Trace:
    """A run that has the text wherever a run can have one."""
    metadata = {"abstract": text, "year": 2024, "n": [text]}
    passage = Passage("p:1", "p", text, text, {"cosine": 0.5}, 12, metadata=metadata)
    passages = Passages([passage], "cosine")
    answer = Answer(text, (Citation(1, "p:1", "p", text, 0, 3),), passages)
    record = Recorder(question=text)
    record.trace.inputs = {"question": text, "history": [Turn("user", text)], "extra": {"deep": [text, 7]}}
    record.step(
        "gate", "route.lexical", inputs={"question": text, "texts": Parts([text, (text, {text})])},
        outputs={"label": Label("multi"), "passages": passages, "answer": answer, "words": [text]},
        params={"k": 3, "filter": text, "mode": "fast"},
        decision=Decision("route", f"it says {text!r}, and “{text} again”", label="multi", score=0.75,
                          details={"t": text}),
        warnings=(f"cut {text}",),
    )  # fmt: skip
    record.step("gone", "x.y", status="skipped", reason=f"{text} does not hold")
    error = {"code": "step", "message": f"failed on {text}", "place": "last", "hint": f"say '{text} x'"}
    record.step("last", "x.y", status="failed", error=error, outputs={"answer": answer})
    return record.finish(error=error, stopped=f"after {text}", unheard_of=text)


@given(words)
def test_no_text_of_the_run_is_written(text: str) -> None:
    trace = secretive(text)
    restored, written = redacted(trace)
    assert "zebra" not in written.casefold()
    assert "quagga" not in written.casefold()
    assert is_redacted(restored)


def test_what_makes_such_a_trace_worth_keeping_is_kept() -> None:
    restored, _ = redacted(secretive(SECRET))
    span = restored.spans[0]
    assert span.outputs["label"] == Label("multi")
    assert isinstance(span.outputs["label"], Label)
    assert span.outputs["passages"].ranked_by == "cosine"
    (passage,) = span.outputs["passages"]
    assert (passage.id, passage.doc_id, passage.tokens, dict(passage.scores)) == ("p:1", "p", 12, {"cosine": 0.5})
    assert (passage.title, passage.text) == (REDACTED, REDACTED)
    assert passage.metadata == {"abstract": REDACTED, "year": 2024, "n": [REDACTED]}
    assert span.outputs["answer"].citations[0] == Citation(1, "p:1", "p", REDACTED, 0, 3)
    assert span.decision is not None
    assert (span.decision.kind, span.decision.label, span.decision.score) == ("route", "multi", 0.75)
    assert span.params == {"k": 3, "filter": REDACTED, "mode": "fast"}
    assert span.warnings == (f"cut {REDACTED}",)
    assert restored.spans[1].reason == f"{REDACTED} does not hold"
    assert restored.spans[2].error is not None
    assert restored.spans[2].error["code"] == "step"
    assert restored.inputs["history"] == [Turn("user", REDACTED)]
    assert restored.result is not None
    assert restored.result["citations"][0]["passage_id"] == "p:1"
    assert restored.result["usage"]["context_tokens"] == 390


def test_what_a_result_holds_under_names_that_nobody_knows_is_a_text() -> None:
    trace = adaptive_run()
    trace.result |= {"rewritten": "another question", "routes": [{"step": "gate", "label": "multi"}]}
    restored, _ = redacted(trace)
    assert restored.result is not None
    assert restored.result["rewritten"] == REDACTED
    assert restored.result["routes"] == [{"step": "gate", "label": "multi"}]


@pytest.mark.parametrize("make", [adaptive_run, nested_run])
def test_reasons_that_repeat_nothing_stay_as_they_are(make: Any) -> None:
    trace = make()
    restored, _ = redacted(trace)
    assert [s.decision and s.decision.reason for s in restored.spans] == [
        s.decision and s.decision.reason for s in trace.spans
    ]
    assert [s.reason for s in restored.spans] == [s.reason for s in trace.spans]


@pytest.mark.parametrize(
    ("sentence", "cleaned"),
    [
        ("it's the user's own rule", "it's the user's own rule"),
        ("closest was 'Adaptive k picks'", f"closest was {REDACTED}"),
        ("the step 'answer' failed", "the step 'answer' failed"),
        ("says “two words” and «two words» and `two words`", f"says {REDACTED} and {REDACTED} and {REDACTED}"),
        ("about Hidden Text here", f"about {REDACTED} here"),
        ("a hidden textbook stays", "a hidden textbook stays"),
        ("unbalanced 'quote of words", "unbalanced 'quote of words"),
    ],
)
def test_sentences(sentence: str, cleaned: str) -> None:
    assert scrub(sentence, {"hidden text", "", "a"}) == cleaned


def test_the_file_of_a_store_without_content_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    with TraceStore(path, content=False) as store:
        trace = secretive(SECRET)
        store.begin(trace)
        store.commit(trace)
        row = store.list()[0]
        assert (row.question, row.answer, row.outcome) == (REDACTED, REDACTED, "failed")
        assert store.list(query=SECRET) == []
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"zebra" not in written
    assert b"quagga" not in written


def test_content_that_was_kept_before_is_not_mixed_up(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    open_run, closed_run = adaptive_run(), adaptive_run()
    with TraceStore(path) as store:
        store.commit(open_run)
    with TraceStore(path, content=False) as store:
        store.commit(closed_run)
        assert store.get(closed_run.id).trace.spans[0].outputs["passages"][0].text == REDACTED
        assert store.get(open_run.id).trace.spans[0].outputs["passages"] == ranked(8)
