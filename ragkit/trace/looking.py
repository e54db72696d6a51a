"""Looking into stored runs for what no column of the store tells: decisions, and documents that a step met."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import orjson

LOOKED_INTO = 2_000
"""How many runs are looked into, the latest of those that fit everything else: each is decoded for it (0.1 ms)."""
Test = Callable[[bytes], bool]


def decided(text: str) -> Test:
    """Whether a run holds a decision whose kind, label or reason has this text, in any case."""
    wanted = text.casefold()

    def test(body: bytes) -> bool:
        for span in _root(body).get("spans") or ():
            decision = (span.get("decision") or {}).get("v") or {}
            if any(wanted in str(decision.get(name) or "").casefold() for name in ("kind", "label", "reason")):
                return True
        return False

    return test


def met(connection: sqlite3.Connection, document: str) -> Test:
    """Whether a step of a run took or gave a passage of this document.

    Args:
        connection: The store; the contents of passages are in it, once for all runs.
        document: The document's id.
    """
    field = b'"doc_id":' + orjson.dumps(document)
    shas = {sha for (sha,) in connection.execute("SELECT sha FROM contents WHERE instr(body, ?)", (field,))}

    def test(body: bytes) -> bool:
        return bool(shas) and not shas.isdisjoint(_load(body).get("contents") or ())

    return test


def _root(body: bytes) -> dict[str, Any]:
    found = _load(body).get("root")
    return found if isinstance(found, dict) else {}


def _load(body: bytes) -> dict[str, Any]:
    """A stored document; nothing for a damaged one, which ``TraceStore.get`` tells about."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
