"""The step cache: results by content, shared by runs, evaluations and trials.

The key covers the component and its version, its parameters, its inputs and the version of the index that it reads, so
a hit is what the step would have given. Off for plain runs; one SQLite file holds it, written as JSON, so that a file
from elsewhere can at worst give a wrong value and never run code.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from ragkit.cachefile import CacheFile
from ragkit.errors import TraceError
from ragkit.spec.plan import Step
from ragkit.trace.codec import Encoder
from ragkit.trace.decode import Decoder
from ragkit.trace.values import ValueEncoder
from ragkit.types import Answer, Parts, Passage, Passages, Result

MISS: Final = object()
"""What ``get`` gives where nothing is stored; None may be a result."""
FORMAT = 2
"""Part of every key: raised when what is stored changes its meaning."""


class StepCache(CacheFile):
    """Results of steps, by content. Safe to use from several threads and processes.

    Args:
        path: The SQLite file; made, with its folder, when it is not there.

    Raises:
        RagkitError: From here and from ``get`` and ``put``: the file cannot be used.
    """

    what = "the step cache"
    schema = """
    CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, step TEXT NOT NULL, document BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS contents (digest TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.hits = 0
        self.misses = 0

    def holds(self, step: Step) -> bool:
        """Whether results of this step are kept: of one that may give something else next time they are not."""
        return step.component.deterministic

    def key(self, step: Step, params: Mapping[str, Any], inputs: Mapping[str, Any], content: str) -> str | None:
        """``execution_key``."""
        return execution_key(step, params, inputs, content)

    def get(self, key: str | None) -> Any:
        """What the component returned, or ``MISS``."""
        stored = None if key is None else self._stored(key)
        if stored is not None:
            document, bodies = stored
            try:
                value = Decoder(document, bodies).value(document["root"])
            except TraceError:
                pass  # written by another version or damaged: the step runs again, and what it gives takes its place
            else:
                self.hits += 1
                return value
        self.misses += 1
        return MISS

    def _stored(self, key: str) -> tuple[dict[str, Any], dict[str, bytes]] | None:
        """A document and the contents that it names; nothing where its row cannot be read."""
        with self._using() as connection:
            row = connection.execute("SELECT document FROM results WHERE key = ?", (key,)).fetchone()
            try:
                document = orjson.loads(row[0]) if row is not None else None
            except orjson.JSONDecodeError:
                document = None
            if document is None:
                return None
            digests = document["contents"]
            marks = ",".join("?" * len(digests))
            bodies = connection.execute(f"SELECT digest, body FROM contents WHERE digest IN ({marks})", digests)
            return document, dict(bodies)

    def put(self, key: str, step: Step, outcome: Any) -> None:
        """Stores what the component returned; a record (several ports) is stored as a tuple of them.

        An outcome of a type that cannot be restored is not stored: the step simply runs again.
        """
        contents: dict[str, bytes] = {}
        encoder = Encoder(contents)
        try:
            root = encoder.value(_plain(outcome))
        except TypeError:
            return
        document = orjson.dumps(encoder.document(root))
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany("INSERT OR IGNORE INTO contents VALUES (?, ?)", contents.items())
                connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (key, step.use, document))
                connection.execute("COMMIT")
            except sqlite3.Error:
                with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back already
                    connection.execute("ROLLBACK")
                raise


def execution_key(step: Step, params: Mapping[str, Any], inputs: Mapping[str, Any], content: str) -> str | None:
    """The key of one execution, or None where an input is of a type that cannot be stored.

    Args:
        step: The step; its component's ``version`` is part of the key.
        params: The parameters it runs with, bound values included.
        inputs: What its ports are given.
        content: The version of the index it reads; empty when it reads none.
    """
    head = [FORMAT, step.use, step.component.version, step.lm, content]
    try:
        body = orjson.dumps([head, _canonical([dict(params), dict(inputs)])], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    return hashlib.sha256(body).hexdigest()


def _canonical(value: Any) -> Any:
    """JSON that is equal for equal values, whichever objects they share.

    Raises:
        TypeError: A value of a type that cannot be stored.
    """
    if isinstance(value, Passages):
        return ["Passages", value.ranked_by, [_canonical(passage) for passage in value]]
    if isinstance(value, Passage):
        return ["Passage", Encoder().contents([value.original or value])[0].sha, dict(value.scores)]
    if isinstance(value, Parts):
        return ["Parts", [_canonical(item) for item in value], list(value.origins)]
    if isinstance(value, Answer):
        citations = ValueEncoder().value(value.citations)
        return ["Answer", value.text, value.abstained, citations, _canonical(value.passages)]
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    return ValueEncoder().value(value)


def _plain(outcome: Any) -> Any:
    """A NamedTuple as a plain tuple, also inside a ``Result``: ports are told apart by their order."""
    if isinstance(outcome, Result):
        return Result(_plain(outcome.value), outcome.decision, outcome.warnings, outcome.usage)
    return tuple(outcome) if isinstance(outcome, tuple) else outcome
