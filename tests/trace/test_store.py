"""The store: whole runs back, found and listed, with what was said of them."""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from ragkit.errors import TraceError
from ragkit.trace.model import Trace, new_trace_id
from ragkit.trace.record import to_document
from ragkit.trace.store import TraceStore

from .samples import QUESTION, START, adaptive_run, as_dict, long_run, usual_run
from .test_codec import same


def test_a_run_comes_back_whole(store: TraceStore) -> None:
    trace = adaptive_run()
    trace.graph = {"nodes": [{"path": "candidates"}], "edges": []}
    store.commit(trace)
    assert same(as_dict(store.get(trace.id).trace), as_dict(trace))


def test_a_run_is_begun_and_then_finished(store: TraceStore) -> None:
    trace = adaptive_run()
    begun = Trace(trace.id, trace.question, trace.pipeline, trace.started, conditions=trace.conditions)
    store.begin(begun)
    (row,) = store.list()
    assert (row.outcome, row.seconds, row.question, row.pipeline) == ("running", None, QUESTION, "adaptive-k")
    assert store.get(trace.id).trace.spans == []
    store.commit(trace)
    (row,) = store.list()
    assert (row.outcome, row.steps, row.passages, row.abstained) == ("ok", 3, 3, False)
    assert row.answer == "It cuts at the largest gap [1]."
    assert row.seconds == pytest.approx(0.0417)


def test_a_run_without_an_end_gets_that_of_its_last_span(store: TraceStore) -> None:
    trace = adaptive_run()
    trace.ended = None
    store.commit(trace)
    assert store.get(trace.id).trace.ended == trace.spans[-1].ended


def test_passages_are_stored_once_for_all_runs_and_their_texts_nowhere_else(store: TraceStore) -> None:
    for _ in range(5):
        store.commit(long_run(steps=3, pool=10))
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM contents").fetchone() == (10,)
        documents = [row[0] for row in connection.execute("SELECT document FROM traces")]
    assert not any(b"says that retrieval depth follows the largest gap. Passage" in document for document in documents)
    assert "Passage 0 says" in store.get("last").trace.result["passages"][0]["text"]


def test_a_trace_is_found_by_the_beginning_of_its_id(store: TraceStore) -> None:
    ids = ["ab" + "0" * 30, "ab" + "1" * 30, "cd" + "0" * 30]
    for number, id in enumerate(ids):
        trace = adaptive_run(started=START + number)
        trace.id = id
        store.commit(trace)
    assert store.get("cd").trace.id == ids[2]
    assert store.get("CD00").trace.id == ids[2]
    assert store.get("last").row.id == ids[2]
    with pytest.raises(TraceError, match="several traces begin with 'ab': 'ab1111', 'ab0000'"):
        store.get("ab")
    with pytest.raises(TraceError, match="there is no trace 'ff'"):
        store.get("ff")
    for wild in ("%", "_", "a%"):
        with pytest.raises(TraceError, match="no trace"):
            store.get(wild)


def test_an_empty_store_says_so(store: TraceStore) -> None:
    assert store.list() == []
    with pytest.raises(TraceError, match="no traces yet"):
        store.get("last")
    with pytest.raises(TraceError, match="no trace ''"):
        store.get("")


def test_the_list_is_filtered(store: TraceStore) -> None:
    def add(seconds: int, question: str = QUESTION, name: str = "adaptive-k", **result: Any) -> str:
        trace = adaptive_run(question=question, name=name, started=START + seconds * 10**9)
        trace.result |= result
        store.commit(trace)
        return trace.id

    old = add(0, "Was ist Übergewicht?")
    failed = add(100, error={"code": "step", "message": "it broke"})
    other = add(200, name="naive", answer="In Žižkov.")
    ids = lambda **kwargs: [row.id for row in store.list(**kwargs)]  # noqa: E731
    assert ids() == [other, failed, old]
    assert ids(limit=1) == [other]
    assert ids(pipeline="naive") == [other]
    assert ids(failed=True) == [failed]
    assert ids(failed=False) == [other, old]
    assert ids(query="ÜBERGEWICHT") == [old]
    assert ids(query="žižkov") == [other]
    assert ids(query="100%") == []
    since = datetime.fromtimestamp(START / 1e9) + timedelta(seconds=100)
    assert ids(since=since) == [other, failed]
    assert ids(since=since.astimezone(), pipeline="adaptive-k", failed=True, query="adaptive-K") == [failed]


def test_a_failed_step_makes_a_failed_run(store: TraceStore) -> None:
    trace = adaptive_run()
    trace.result = None
    trace.spans[1].status = "failed"
    trace.spans[1].error = {"code": "step", "message": "no scores"}
    store.commit(trace)
    assert store.list()[0].outcome == "failed"
    assert store.list()[0].error == "no scores"


def test_feedback_is_kept_in_order(store: TraceStore) -> None:
    trace = adaptive_run()
    store.commit(trace)
    store.annotate(trace.id[:8], "helpful", label="no", comment="the second source is off")
    store.annotate("last", "faithful", score=0.75)
    said = store.get(trace.id).feedback
    assert [(f.name, f.label, f.score, f.comment) for f in said] == [
        ("helpful", "no", None, "the second source is off"),
        ("faithful", None, 0.75, None),
    ]
    with pytest.raises(TraceError, match="no trace"):
        store.annotate("ffff", "helpful")
    store.commit(trace)
    assert len(store.get(trace.id).feedback) == 2


def test_texts_with_lone_surrogates_and_nul_come_back(store: TraceStore) -> None:
    trace = adaptive_run(question="a\udc80b\0c")
    trace.spans[0].reason = "\ud800"
    store.commit(trace)
    restored = store.get(trace.id).trace
    assert restored.question == "a\udc80b\0c"
    assert restored.spans[0].reason == "\ud800"
    assert store.list()[0].question


def test_a_value_of_a_foreign_type_does_not_lose_the_run(store: TraceStore) -> None:
    trace = adaptive_run()
    trace.spans[0].outputs = {"value": {1, 2}, "deep": [object()]}
    store.commit(trace)
    assert store.get(trace.id).trace.spans[0].outputs["value"].text == "{1, 2}"


def test_a_batch_is_one_transaction(store: TraceStore) -> None:
    good, bad = adaptive_run(), adaptive_run()
    bad.id = None  # type: ignore[assignment]
    bad.started = None  # type: ignore[assignment]
    with pytest.raises(TraceError):
        store.commit_many([good, bad])
    assert store.list() == []
    store.commit_many([good, adaptive_run()])
    assert len(store.list()) == 2


def test_a_commit_costs_little(store: TraceStore) -> None:
    """About half as much again as the standard library takes to write the document, on whatever machine: some 1 ms."""
    commits, dumps = [], []
    for number in range(40):
        trace = usual_run(number)
        document = to_document(trace, {})
        began = time.thread_time()
        store.commit(trace)
        between = time.thread_time()
        json.dumps(document)
        commits.append(between - began)
        dumps.append(time.thread_time() - between)
    assert min(commits) < 4 * min(dumps)


def test_ids_are_trace_ids_of_open_telemetry() -> None:
    assert len(new_trace_id()) == 32
    assert int(new_trace_id(), 16)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("attempt to write a readonly database", "RAGKIT_HOME"),
        ("database or disk is full", "make room"),
        ("unable to open database file", "RAGKIT_HOME"),
        ("database is locked", "another process"),
    ],
)
def test_a_store_that_cannot_be_written_says_what_mends_it(said: str, hint: str, store: TraceStore) -> None:
    with pytest.raises(TraceError, match=said) as raised, store._transaction():
        raise sqlite3.OperationalError(said)
    assert hint in (raised.value.hint or "")
