"""What a passage holds beside its scores, as the JSON that is stored once for all runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from ragkit.trace.values import ValueEncoder
from ragkit.types import Passage

CONTENT_FIELDS = tuple(field.name for field in fields(Passage) if field.init and field.name != "scores")
_KEY = attrgetter(*(name for name in CONTENT_FIELDS if name != "metadata"))
_KEPT = 10_000


class Content(NamedTuple):
    """The content of a passage: its JSON, and the SHA-256 of that in hex."""

    sha: str
    body: bytes


class Contents:
    """Makes contents. Runs meet the same passages again and again, so the last ones are kept: by the passage itself,
    and by what it holds, for a passage that was read again. Safe to use from several threads.

    Args:
        strict: Refuse metadata that cannot be restored.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        # What a key names by its id is held in the value, and so keeps its id.
        self._by_passage: dict[int, tuple[Passage, Content]] = {}
        self._by_fields: dict[tuple[Any, ...], tuple[Mapping[str, Any], Content]] = {}

    def of(self, passages: Sequence[Passage]) -> list[Content]:
        """The contents of passages.

        Raises:
            TypeError: ``strict`` and there is a value in some metadata that cannot be restored.
        """
        known = list(map(self._by_passage.get, map(id, passages)))
        return [self._make(passage) if kept is None else kept[1] for passage, kept in zip(passages, known, strict=True)]

    def _make(self, passage: Passage) -> Content:
        key = (id(passage.metadata), *_KEY(passage))
        equal = self._by_fields.get(key)
        if equal is not None:
            content = equal[1]
        else:
            content = make_content(content_fields(passage, ValueEncoder(strict=self._strict)))
        if len(self._by_passage) >= _KEPT:
            self._by_passage.clear()
            self._by_fields.clear()
        self._by_passage[id(passage)] = (passage, content)
        self._by_fields[key] = (passage.metadata, content)
        return content


def content_fields(passage: Passage, encoder: ValueEncoder) -> dict[str, Any]:
    """A content as JSON. Metadata lies outside of any document, and so a passage in it is no value."""
    return {name: encoder.value(getattr(passage, name)) for name in CONTENT_FIELDS}


def make_content(encoded: Mapping[str, Any]) -> Content:
    """The content around the JSON of a passage's fields."""
    body = orjson.dumps(encoded)
    return Content(hashlib.sha256(body).hexdigest(), body)
