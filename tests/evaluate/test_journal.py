from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.errors import EvaluationError
from ragkit.evaluate.journal import Journal, digest_of

ASKED = {"pipeline": "abc", "questions": ["a", "b", "c"]}


def row(id: str, **more: object) -> dict:
    return {"id": id, "passages": [{"text": "long"}], "error": None, **more}


def test_rows_are_there_after_a_stop(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a"), row("b")])
    with Journal(tmp_path, ASKED) as journal:
        assert list(journal.rows) == ["a", "b"]
        journal.add([row("c")])
        lines = [orjson.loads(line) for line in journal.lines(["c", "a", "b"])]
    assert [line["id"] for line in lines] == ["c", "a", "b"]
    assert lines[0]["passages"] == [{"text": "long"}]


def test_memory_holds_no_texts(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a", answer="long", metrics={"mrr": 1.0})])
        assert journal.rows["a"] == {"id": "a", "error": None, "metrics": {"mrr": 1.0}}


def test_of_two_rows_the_later_counts(tmp_path: Path) -> None:
    for _ in range(2):
        with Journal(tmp_path, ASKED) as journal:
            journal.add([row("a", n=len(journal.rows))])
    with Journal(tmp_path, ASKED) as journal:
        assert journal.rows["a"]["n"] == 1
        assert orjson.loads(*journal.lines(["a"]))["n"] == 1


def test_fresh_forgets(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a")])
    with Journal(tmp_path, ASKED, fresh=True) as journal:
        assert journal.rows == {}
    with Journal(tmp_path, ASKED) as journal:
        assert journal.rows == {}


def test_another_evaluation_has_another_journal(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a")])
        with Journal(tmp_path, {**ASKED, "pipeline": "abd"}) as other:
            assert other.rows == {}


def test_the_order_of_what_was_asked_does_not_count() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_a_finished_evaluation_leaves_no_rows(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a")])
        journal.discard()
        assert not journal.folder.exists()
    with Journal(tmp_path, ASKED) as journal:
        assert journal.rows == {}


@given(cut=st.integers(min_value=0), garbage=st.binary(max_size=20))
def test_whatever_a_kill_leaves_of_the_last_row_the_others_stay(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder, ASKED) as journal:
        journal.add([row("a"), row("b")])
        path = journal.folder / "rows.jsonl"
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    path.write_bytes(whole + last[: cut % len(last)] + garbage.replace(b"\n", b"?"))
    with Journal(folder, ASKED) as journal:
        assert list(journal.rows) == ["a", "b"]
        assert path.read_bytes() == whole
        journal.add([row("c")])
    with Journal(folder, ASKED) as journal:
        assert list(journal.rows) == ["a", "b", "c"]


def test_a_page_of_zeros_is_no_row(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED) as journal:
        journal.add([row("a")])
        path = journal.folder / "rows.jsonl"
    path.write_bytes(path.read_bytes() + b"\0" * 50 + b"\n")
    with Journal(tmp_path, ASKED) as journal:
        assert list(journal.rows) == ["a"]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path, ASKED), pytest.raises(EvaluationError, match=rf"process {os.getpid()} \(since "):
        Journal(tmp_path, ASKED).__enter__()
    with Journal(tmp_path, ASKED):
        pass


HOLD = """
import sys, time
from pathlib import Path
from ragkit.evaluate.journal import Journal
with Journal(Path(sys.argv[1]), {"x": 1}) as journal:
    journal.add([{"id": "a", "error": None}])
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_kill_lets_go_of_the_lock_and_keeps_the_rows(tmp_path: Path) -> None:
    held = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    assert held.stdout.readline() == "held\n"
    with pytest.raises(EvaluationError, match=f"process {held.pid}"):
        Journal(tmp_path, {"x": 1}).__enter__()
    held.send_signal(signal.SIGKILL)
    held.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with Journal(tmp_path, {"x": 1}) as journal:
                assert list(journal.rows) == ["a"]
                return
        except EvaluationError:
            time.sleep(0.05)
    pytest.fail("the lock outlived its process")
