"""The store used by several threads and processes at once, whatever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ragkit.trace.store import TraceStore

from .samples import QUESTION, adaptive_run


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


def test_a_writer_waits_for_another(store: TraceStore) -> None:
    store.commit(adaptive_run())
    holder = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    release = threading.Timer(0.3, holder.execute, ["COMMIT"])
    release.start()
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
