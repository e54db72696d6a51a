"""Every vector that was encoded, by the hash of its text, written down batch by batch.

A build that is killed has lost at most the batch it was encoding; the next one takes up the rest. A text that did not
change is never encoded again, in whatever document it stands.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from ragkit.corpus.encoder.vectors import Vectors
from ragkit.errors import CorpusError

_AT_ONCE = 500
_MAKE = """
create table if not exists vectors (
    encoder blob not null, text blob not null, vector blob not null, primary key (encoder, text)
)
"""


def text_hash(text: str) -> bytes:
    """The key of a text: 16 bytes."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class Journal:
    """The journal of one index, for one encoder.

    Args:
        path: The SQLite file; made when it is not there.
        identity: The encoder's; vectors of other encoders stay in the file and are not seen.

    Raises:
        CorpusError: The file is damaged.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._encoder = bytes.fromhex(identity)[:16]
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            # Ten vectors of 384 numbers share a page of this size; of the usual 4096 bytes each took one of its own.
            self._db.execute("pragma page_size = 16384")
            # With a write-ahead log a transaction survives the death of its process; a power cut may take the last.
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(_MAKE)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise CorpusError(
                f"the vectors of earlier builds cannot be read ({error})",
                place=str(path),
                hint="delete this file: the next build encodes everything again",
            ) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def known(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Which of these texts have a vector."""
        found: set[bytes] = set()
        for part in _parts(hashes):
            marks = ",".join("?" * len(part))
            rows = self._db.execute(
                f"select text from vectors where encoder = ? and text in ({marks})", (self._encoder, *part)
            )
            found.update(row[0] for row in rows)
        return found

    def add(self, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Keeps these vectors; when this returns they are safe."""
        rows = [
            (self._encoder, key, vector.tobytes())
            for key, vector in zip(hashes, np.ascontiguousarray(vectors, dtype=np.float32), strict=True)
        ]
        self._db.execute("begin immediate")
        self._db.executemany("insert or replace into vectors values (?, ?, ?)", rows)
        self._db.execute("commit")

    def fill(self, hashes: Sequence[bytes], target: Vectors) -> None:
        """Copies the vector of each text into its row of ``target``, ``float32 [len(hashes), dimensions]``.

        Raises:
            KeyError: A text has no vector.
        """
        for start in range(0, len(hashes), _AT_ONCE):
            part = hashes[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            found = dict(
                self._db.execute(
                    f"select text, vector from vectors where encoder = ? and text in ({marks})", (self._encoder, *part)
                ).fetchall()
            )
            joined = b"".join(found[key] for key in part)
            target[start : start + len(part)] = np.frombuffer(joined, dtype=np.float32).reshape(len(part), -1)

    def size(self) -> int:
        """How many vectors there are, of every encoder."""
        return int(self._db.execute("select count(*) from vectors").fetchone()[0])

    def keep_only(self, hashes: Iterable[bytes]) -> int:
        """Deletes every vector but those of these texts by this encoder; returns how many went."""
        self._db.execute("create temp table kept (text blob primary key) without rowid")
        self._db.executemany("insert or ignore into kept values (?)", ((key,) for key in hashes))
        gone = self._db.execute(
            "delete from vectors where encoder != ? or text not in (select text from kept)", (self._encoder,)
        ).rowcount
        self._db.execute("drop table kept")
        self._db.execute("vacuum")
        return gone


def _parts(hashes: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (hashes[start : start + _AT_ONCE] for start in range(0, len(hashes), _AT_ONCE))
