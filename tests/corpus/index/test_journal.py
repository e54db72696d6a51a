"""The journal of vectors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ragkit.corpus.index.journal import Journal, text_hash
from ragkit.errors import CorpusError

ONE, OTHER = "ab" * 32, "cd" * 32


def vectors(*first: float) -> np.ndarray:
    return np.array([[value, 1.0, -1.0] for value in first], dtype=np.float32)


def test_a_vector_comes_back_for_its_text_and_its_encoder(tmp_path: Path) -> None:
    keys = [text_hash(text) for text in ("a", "b", "c")]
    with Journal(tmp_path / "v.sqlite", ONE) as journal:
        journal.add(keys[:2], vectors(1, 2))
    with Journal(tmp_path / "v.sqlite", ONE) as journal:
        assert journal.known(keys) == set(keys[:2])
        target = np.zeros((3, 3), dtype=np.float32)
        journal.fill([keys[1], keys[0], keys[1]], target)
        assert target.tolist() == vectors(2, 1, 2).tolist()
        with pytest.raises(KeyError):
            journal.fill(keys, target)
    with Journal(tmp_path / "v.sqlite", OTHER) as journal:
        assert journal.known(keys) == set()
        assert journal.size() == 2


def test_more_texts_than_a_query_takes(tmp_path: Path) -> None:
    keys = [text_hash(str(number)) for number in range(1777)]
    with Journal(tmp_path / "v.sqlite", ONE) as journal:
        journal.add(keys, vectors(*range(1777)))
        assert journal.known([*keys, text_hash("another")]) == set(keys)
        target = np.zeros((1777, 3), dtype=np.float32)
        journal.fill(keys[::-1], target)
    assert target[:, 0].tolist() == list(range(1776, -1, -1))


def test_a_damaged_file_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"this is no database, and it is long enough to be seen" * 100)
    with pytest.raises(CorpusError, match="cannot be read") as error:
        Journal(tmp_path / "v.sqlite", ONE)
    assert error.value.place == str(tmp_path / "v.sqlite")
    assert "delete this file" in str(error.value.hint)


def test_what_is_not_kept_goes(tmp_path: Path) -> None:
    keys = [text_hash(text) for text in "abc"]
    with Journal(tmp_path / "v.sqlite", OTHER) as journal:
        journal.add(keys, vectors(1, 2, 3))
    with Journal(tmp_path / "v.sqlite", ONE) as journal:
        journal.add(keys, vectors(1, 2, 3))
        assert journal.keep_only([keys[1]]) == 5
        assert journal.known(keys) == {keys[1]}
        assert journal.size() == 1


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_killed_process_has_lost_nothing_that_it_had_added(tmp_path: Path) -> None:
    script = f"""
import os, signal, numpy as np
from pathlib import Path
from ragkit.corpus.index.journal import Journal, text_hash
from ragkit.errors import CorpusError
journal = Journal(Path({str(tmp_path / "v.sqlite")!r}), {ONE!r})
for number in range(50):
    journal.add([text_hash(str(number))], np.full((1, 3), number, dtype=np.float32))
journal._db.execute("begin immediate")
journal._db.execute("delete from vectors")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with Journal(tmp_path / "v.sqlite", ONE) as journal:
        target = np.zeros((50, 3), dtype=np.float32)
        journal.fill([text_hash(str(number)) for number in range(50)], target)
    assert target[:, 0].tolist() == list(range(50))
