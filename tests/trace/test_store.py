"""The store: whole runs back, from any thread and process, whatever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from ragkit.errors import TraceError
from ragkit.trace import schema
from ragkit.trace.model import Trace, new_trace_id
from ragkit.trace.store import TraceStore

from .samples import QUESTION, START, adaptive_run, long_run, usual_run
from .test_codec import same


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with TraceStore(tmp_path / "state" / "traces.db") as opened:
        yield opened


def as_dict(trace: Trace) -> dict[str, Any]:
    data = {name: getattr(trace, name) for name in Trace.__dataclass_fields__}
    data["spans"] = [{name: getattr(span, name) for name in type(span).__slots__} for span in trace.spans]
    return data


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


def test_many_threads_share_one_store(store: TraceStore) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                trace = adaptive_run()
                store.begin(trace)
                store.commit(trace)
                store.get(trace.id)
                store.list()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.list(limit=1000)) == 80


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from samples import adaptive_run
from ragkit.trace.store import TraceStore
store = TraceStore(Path({path!r}))
"""


def start(path: Path, code: str) -> subprocess.Popen[str]:
    head = WRITER.format(tests=str(Path(__file__).parent), path=str(path))
    return subprocess.Popen([sys.executable, "-c", head + code], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_many_processes_make_and_fill_one_store(tmp_path: Path) -> None:
    path = tmp_path / "new" / "traces.db"
    code = "for _ in range(25):\n    t = adaptive_run(); store.begin(t); store.commit(t)\n"
    writers = [start(path, code) for _ in range(6)]
    assert [writer.wait(60) for writer in writers] == [0] * 6
    with TraceStore(path) as store:
        rows = store.list(limit=1000)
        assert len(rows) == 150
        assert {row.outcome for row in rows} == {"ok"}


def test_a_killed_run_leaves_its_start_marked_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    code = """
done = adaptive_run(); store.commit(done)
begun = adaptive_run(question="never answered"); begun.spans = []; begun.result = begun.ended = None
store.begin(begun); print("begun", flush=True)
import time; time.sleep(60)
"""
    run = start(path, code)
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    with TraceStore(path) as store:
        assert {row.outcome for row in store.list()} == {"running", "ok"}
        run.send_signal(signal.SIGKILL)
        run.wait(10)
        by_question = {row.question: row for row in store.list()}
        assert by_question["never answered"].outcome == "unfinished"
        assert by_question[QUESTION].outcome == "ok"
        unfinished = store.get(by_question["never answered"].id)
        assert unfinished.trace.ended is None
        assert unfinished.trace.pipeline["name"] == "adaptive-k"
        assert [row.outcome for row in store.list(failed=False)] == ["ok"]


@pytest.mark.slow
def test_kills_at_random_moments_lose_no_run_that_was_reported(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    code = """
while True:
    t = adaptive_run(); store.begin(t); store.commit(t); print(t.id, flush=True)
"""
    reported: list[str] = []
    for round in range(6):
        writer = start(path, code)
        assert writer.stdout is not None
        reported.append(writer.stdout.readline().strip())
        time.sleep(0.003 * round)
        writer.kill()
        rest, _ = writer.communicate(timeout=10)
        reported += [line for line in rest.splitlines() if len(line) == 32]
        with TraceStore(path) as store:
            for id in reported:
                assert len(store.get(id).trace.spans) == 3
            with sqlite3.connect(path) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system with fork, not Windows")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_opens_the_file_for_itself(store: TraceStore) -> None:
    store.commit(adaptive_run())
    child = os.fork()
    if child == 0:
        try:
            store.commit(adaptive_run())
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.commit(adaptive_run())
    assert len(store.list()) == 3


def test_a_store_whose_file_was_deleted_begins_a_new_one(store: TraceStore) -> None:
    store.commit(adaptive_run())
    for file in store.path.parent.iterdir():
        file.unlink()
    trace = adaptive_run()
    store.commit(trace)
    with TraceStore(store.path) as other:
        assert other.get(trace.id).trace.result["passages"][0]["text"].startswith("Passage 0")


def test_a_store_of_a_later_version_is_refused(store: TraceStore) -> None:
    store.commit(adaptive_run())
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    with pytest.raises(TraceError, match=f"schema version {schema.VERSION + 1}, and this ragkit reads up to"):
        store.list()


def test_a_store_of_an_earlier_version_goes_on_and_its_traces_are_told_as_too_old(store: TraceStore) -> None:
    old, new = adaptive_run(), usual_run()
    store.commit(old)
    store.close()
    with sqlite3.connect(store.path) as connection:
        (body,) = connection.execute("SELECT document FROM traces").fetchone()
        document = orjson.loads(body)
        del document["root"]["said"]
        connection.execute("UPDATE traces SET document = ?", (orjson.dumps(document),))
        connection.execute("PRAGMA user_version=1")
    with TraceStore(store.path) as again:
        again.commit(new)
        assert {row.id for row in again.list()} == {old.id, new.id}
        assert again.get(new.id).trace.id == new.id
        with pytest.raises(TraceError, match="stored by an earlier ragkit") as told:
            again.get(old.id)
    assert told.value.hint is not None and "ask again" in told.value.hint
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_other_files_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("not a database, but long enough to be read as the head of one" * 20)
    with pytest.raises(TraceError, match="file is not a database"):
        TraceStore(text).list()
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = foreign.read_bytes()
    with pytest.raises(TraceError, match="not a trace store"):
        TraceStore(foreign).commit(adaptive_run())
    assert foreign.read_bytes() == before


def test_a_damaged_document_is_a_trace_error(store: TraceStore) -> None:
    trace = adaptive_run()
    store.commit(trace)
    for document in (b"{", b"[]", orjson.dumps({"root": {}, "contents": [], "passages": [], "lists": []})):
        with sqlite3.connect(store.path) as connection:
            connection.execute("UPDATE traces SET document = ?", (document,))
        with pytest.raises(TraceError, match="damaged"):
            store.get(trace.id)


def test_a_folder_that_cannot_be_written_is_a_trace_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(TraceError, match="cannot be used"):
        TraceStore(blocked / "traces.db").begin(adaptive_run())


def test_a_writer_waits_for_another(store: TraceStore) -> None:
    store.commit(adaptive_run())
    holder = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, holder.execute, ["COMMIT"])
    release.start()
    began = time.monotonic()
    store.commit(adaptive_run())
    assert time.monotonic() - began > 0.2
    release.join()
    holder.close()
    assert len(store.list()) == 2


def test_writers_that_read_first_wait_for_each_other(store: TraceStore) -> None:
    trace = adaptive_run()
    store.commit(trace)
    failures: list[BaseException] = []

    def annotate() -> None:
        try:
            with TraceStore(store.path) as own:
                for _ in range(40):
                    own.annotate(trace.id, "seen")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=annotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.get(trace.id).feedback) == 160


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
    """Under 1 ms of this thread on the machine it was written on; the bound leaves room for slower and busier ones."""
    costs = []
    for number in range(40):
        trace = usual_run(number)
        began = time.thread_time()
        store.commit(trace)
        costs.append(time.thread_time() - began)
    assert min(costs) < 0.003


def test_ids_are_trace_ids_of_open_telemetry() -> None:
    assert len(new_trace_id()) == 32
    assert int(new_trace_id(), 16)
