"""Pruning: old runs and what only they used go, and nothing else does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ragkit.errors import TraceError, UsageError
from ragkit.trace import pruning, schema
from ragkit.trace.model import Trace
from ragkit.trace.store import TraceStore

from .samples import START, Recorder, ranked

SECOND = 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TraceStore]:
    with TraceStore(tmp_path / "traces.db") as opened:
        yield opened


def run(number: int) -> Trace:
    """The run of a second that met the passages ``number`` to ``number + 2``: two of them the next run meets too."""
    recorder = Recorder(f"question {number}", started=START + number * SECOND)
    recorder.step("found", "retrieve.dense", outputs={"passages": ranked(3, first=number)})
    return recorder.finish(answer=None, passages=[])


def begun(number: int) -> Trace:
    """The start of that run, as it is stored before its first step."""
    whole = run(number)
    return Trace(whole.id, whole.question, whole.pipeline, whole.started, conditions=whole.conditions)


def at(number: float) -> datetime:
    """The time at which the run of this number started."""
    return datetime.fromtimestamp(START / 1e9) + timedelta(seconds=number)


def questions(store: TraceStore) -> list[str]:
    return [row.question.removeprefix("question ") for row in store.list(limit=1000)]


def stored(store: TraceStore) -> int:
    with sqlite3.connect(store.path) as connection:
        return int(connection.execute("SELECT count(*) FROM contents").fetchone()[0])


def test_the_latest_stay_whole_and_the_contents_of_the_others_go(store: TraceStore) -> None:
    runs = [run(number) for number in range(5)]
    store.commit_many(runs)
    assert stored(store) == 7
    done = store.prune(keep=2)
    assert (done.removed, done.kept, done.contents) == (3, 2, 3)
    assert questions(store) == ["4", "3"]
    assert stored(store) == 4
    for kept in runs[3:]:
        (span,) = store.get(kept.id).trace.spans
        assert [passage.text for passage in span.outputs["passages"]] == [
            p.text for p in kept.spans[0].outputs["passages"]
        ]
    with pytest.raises(TraceError, match="there is no trace"):
        store.get(runs[0].id)


@pytest.mark.parametrize(
    ("keep", "before", "left"),
    [
        (None, 2, ["4", "3", "2"]),
        (None, 0, ["4", "3", "2", "1", "0"]),
        (None, 99, []),
        (0, None, []),
        (9, None, ["4", "3", "2", "1", "0"]),
        (1, 2, ["4", "3", "2"]),
        (4, 2, ["4", "3", "2", "1"]),
    ],
)
def test_only_runs_go_that_neither_limit_keeps(
    store: TraceStore, keep: int | None, before: float | None, left: list[str]
) -> None:
    store.commit_many([run(number) for number in range(5)])
    done = store.prune(keep=keep, before=None if before is None else at(before))
    assert questions(store) == left
    assert (done.removed, done.kept) == (5 - len(left), len(left))


def test_one_limit_is_needed(store: TraceStore) -> None:
    with pytest.raises(UsageError, match="how many runs to keep"):
        store.prune()
    with pytest.raises(UsageError, match="at least 0"):
        store.prune(keep=-1)


def test_a_run_that_is_not_over_stays_and_a_killed_one_goes(store: TraceStore) -> None:
    running, killed = begun(0), begun(1)
    store.begin(running, killed)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE traces SET owner = 'elsewhere:1:' WHERE id = ?", (killed.id,))
    done = store.prune(keep=0)
    assert (done.removed, done.kept) == (1, 1)
    assert questions(store) == ["0"]
    finished = run(0)
    finished.id = running.id
    store.commit(finished)
    assert store.get(running.id).trace.spans[0].outputs["passages"][0].text


def test_what_was_said_goes_with_its_run(store: TraceStore) -> None:
    old, new = run(0), run(1)
    store.commit_many([old, new])
    for trace in (old, new):
        store.annotate(trace.id, "helpful", label="yes")
    assert store.prune(keep=1).said == 1
    assert [said.label for said in store.get(new.id).feedback] == ["yes"]
    store.commit(old)
    assert store.get(old.id).feedback == ()


def test_a_dry_run_says_what_would_go_and_removes_nothing(store: TraceStore) -> None:
    store.commit_many([run(number) for number in range(5)])
    told = store.prune(keep=2, dry_run=True)
    assert len(questions(store)) == 5
    assert stored(store) == 7
    assert told.size_after is None
    done = store.prune(keep=2)
    assert (told.removed, told.kept, told.contents, told.bytes) == (done.removed, done.kept, done.contents, done.bytes)


def test_the_file_shrinks(store: TraceStore) -> None:
    store.commit_many([run(number) for number in range(150)])
    done = store.prune(keep=1)
    assert done.not_shrunk is None
    assert done.size_after is not None
    assert done.size_after < done.size_before / 3
    assert store.path.stat().st_size == done.size_after


def test_a_reader_that_goes_on_is_told_of_and_loses_nothing(store: TraceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.05)
    store.commit_many([run(number) for number in range(50)])
    with sqlite3.connect(store.path, isolation_level=None) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM traces").fetchone() == (50,)
        done = store.prune(keep=1)
        assert done.not_shrunk == "another process reads it"
        assert reader.execute("SELECT count(*) FROM traces").fetchone() == (50,)
        reader.execute("COMMIT")
    assert questions(store) == ["49"]
    assert store.prune(keep=1).not_shrunk is None


def test_a_store_that_knew_a_content_stores_it_again(store: TraceStore) -> None:
    """A long process remembers what it has stored; another process may have pruned it since."""
    store.commit(run(0))
    with TraceStore(store.path) as other:
        assert other.prune(keep=0).contents == 3
    again = run(0)
    store.commit(again)
    assert store.get(again.id).trace.spans[0].outputs["passages"][0].text
    store.prune(keep=0)
    store.commit(run(0))
    assert stored(store) == 3


def test_what_a_run_begins_to_use_meanwhile_stays(store: TraceStore) -> None:
    store.commit_many([run(0), run(10)])
    running = begun(20)
    store.begin(running)
    with sqlite3.connect(store.path, isolation_level=None) as connection:
        connection.execute("DELETE FROM traces WHERE question IN ('question 0', 'question 10')")
        use = pruning.look(connection, ())
        assert len(use.unused) == 6
        store.commit(run(0))
        again = run(10)
        again.id = running.id
        store.commit(again)
        assert pruning.sweep(connection, use) == {}
    assert stored(store) == 6


def test_what_a_killed_pruning_left_goes_with_the_next(store: TraceStore) -> None:
    store.commit_many([run(0), run(10)])
    with sqlite3.connect(store.path) as connection:
        connection.execute("DELETE FROM traces WHERE question = 'question 0'")
    done = store.prune(keep=100)
    assert (done.removed, done.kept, done.contents) == (0, 1, 3)


def test_more_runs_go_than_one_transaction_removes(store: TraceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 3)
    store.commit_many([run(number) for number in range(10)])
    assert store.prune(keep=1).removed == 9
    assert questions(store) == ["9"]


def test_a_damaged_run_does_not_stop_it(store: TraceStore) -> None:
    store.commit_many([run(0), run(10), run(20)])
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE traces SET document = '[' WHERE question = 'question 10'")
    assert store.prune(keep=2).removed == 1
    assert stored(store) == 3
