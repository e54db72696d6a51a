"""Lists of runs by what no column tells: decisions, documents; and by time taken and what people said."""

from __future__ import annotations

import orjson
import pytest

from ragkit.trace import looking
from ragkit.trace.store import TraceStore
from ragkit.types import Decision, Passage, Passages

from .samples import START, Recorder, adaptive_run, nested_run


def met(document: str, started: int = START, ms: float = 1.0) -> Recorder:
    record = Recorder(question=f"about {document}", started=started)
    found = Passages([Passage(f"{document}#0", document, "", "text", {"cosine": 0.5})], "cosine")
    record.step("found", "retrieve.dense", ms=ms, outputs={"passages": found},
                decision=Decision("select", f"because of {document.upper()}", kept=1, of=1))  # fmt: skip
    return record


def test_runs_that_met_a_document(store: TraceStore) -> None:
    names = ["plain", 'with "quotes" and \\', "ünïcode", "plain#0", "a%b_c"]
    for name in names:
        store.commit(met(name).finish())
    for name in names:
        assert [row.question for row in store.list(document=name)] == [f"about {name}"]
    assert store.list(document="nowhere") == []
    assert store.list(document="plai") == []


def test_runs_by_a_decision_in_any_case(store: TraceStore) -> None:
    store.commit_many([met("one").finish(), met("two").finish(), nested_run()])
    assert [row.question for row in store.list(decision="BECAUSE OF one")] == ["about one"]
    assert len(store.list(decision="select")) == 2
    assert [row.pipeline for row in store.list(decision="multi")] == ["nested"]
    assert store.list(decision="nothing of the kind") == []


def test_filters_hold_together_and_the_limit_counts_what_fits(store: TraceStore) -> None:
    for number in range(6):
        store.commit(met("even" if number % 2 == 0 else "odd", started=START + number).finish())
    assert len(store.list(2, document="even")) == 2
    assert len(store.list(10, document="even", decision="even")) == 3
    assert store.list(10, document="even", decision="odd") == []
    assert store.list(10, document="even", pipeline="another") == []


def test_only_the_latest_runs_are_looked_into(store: TraceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOOKED_INTO", 3)
    for number in range(5):
        store.commit(met("old" if number == 0 else "new", started=START + number).finish())
    assert store.list(document="old") == []
    assert len(store.list(document="new")) == 3


def test_runs_that_took_long(store: TraceStore) -> None:
    store.commit_many([met("slow", ms=2_000).finish(), met("fast").finish()])
    assert [row.question for row in store.list(at_least=1.5)] == ["about slow"]
    store.begin(Recorder(question="on its way").trace)
    assert [row.question for row in store.list(at_least=0)] == ["about fast", "about slow"]


def test_runs_by_what_was_said_last(store: TraceStore) -> None:
    runs = [adaptive_run(), adaptive_run()]
    store.commit_many(runs)
    for run in runs:
        store.annotate(run.id, "feedback", label="helpful")
    store.annotate(runs[0].id, "feedback", label="wrong answer")
    store.annotate(runs[1].id, "judge", label="wrong answer")
    assert [row.id for row in store.list(feedback="wrong answer")] == [runs[0].id]
    assert [row.id for row in store.list(feedback="helpful")] == [runs[1].id]


def test_a_damaged_run_fits_nothing_and_does_no_harm() -> None:
    for body in (b"{", b"[]", b"{}", orjson.dumps({"root": 3})):
        assert not looking.decided("x")(body)
