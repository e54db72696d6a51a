"""The way back from JSON: ``decode`` restores what ``ragkit.trace.codec`` wrote."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ragkit.errors import TraceError
from ragkit.trace.values import RECORDS, TAG, Opaque
from ragkit.types import Label, Parts, Passage, Passages

ASK_AGAIN = "the other runs can be read; ask again for a new trace: ragkit run PIPELINE QUESTION"
"""What mends a trace that is damaged."""


class Decoder:
    """Decodes the values of one document; a passage that several values share is one object again.

    Args:
        document: What ``Encoder.document`` gave, read back from JSON.
        contents: The contents of passages by digest, where the document has digests only.
    """

    def __init__(self, document: Mapping[str, Any], contents: Mapping[str, bytes] | None = None) -> None:
        self._document = document
        self._stored = contents if contents is not None else {}
        self._contents: dict[int, dict[str, Any]] = {}
        self._passages: dict[int, Passage] = {}
        self._lists: dict[int, Passages] = {}
        self._tags: dict[str, Callable[[Any], Any]] = {
            "str": _text, "float": float, "int": lambda v: int(v, 16), "Label": lambda v: Label(self.value(v)),
            "tuple": lambda v: tuple(map(self.value, v)), "dict": self._pairs, "Passage": self.passage,
            "Passages": self._passage_list, "Opaque": lambda v: Opaque(v[0], self.value(v[1])),
            "Parts": lambda v: Parts(map(self.value, v[0]), map(self.value, v[1])),
        }  # fmt: skip
        for record in RECORDS:
            self._tags[record.__name__] = functools.partial(self._record, record)

    def value(self, data: Any) -> Any:
        """The value that stands in the document as ``data``.

        Raises:
            TraceError: The data is not what an ``Encoder`` writes, or the content of a passage is missing.
        """
        if isinstance(data, list):
            return [self.value(item) for item in data]
        if not isinstance(data, dict):
            return data
        if TAG not in data:
            return {key: self.value(item) for key, item in data.items()}
        tag = data[TAG]
        try:
            return _numpy(data) if tag == "numpy" else self._tags[tag](data["v"])
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise TraceError(
                f"a stored value of type {tag!r} is damaged: {type(error).__name__}: {error}", hint=ASK_AGAIN
            ) from error

    def _record(self, cls: type, data: Mapping[str, Any]) -> Any:
        return cls(**{name: self.value(item) for name, item in data.items()})

    def _pairs(self, pairs: list[list[Any]]) -> dict[Any, Any]:
        return {self.value(key): self.value(item) for key, item in pairs}

    def _passage_list(self, index: int) -> Passages:
        if index not in self._lists:
            ranked_by, items = self._document["lists"][index]
            self._lists[index] = Passages(map(self.passage, items), self.value(ranked_by))
        return self._lists[index]

    def passage(self, index: int) -> Passage:
        if index not in self._passages:
            number, scores = self._rows[index]
            self._passages[index] = Passage(scores=scores, **self.content(number))
        return self._passages[index]

    @functools.cached_property
    def _rows(self) -> list[tuple[int, dict[str, float]]]:
        """For each passage the number of its content, and its scores."""
        rows: list[tuple[int, dict[str, float]]] = []
        for block in self._document["passages"]:
            if "each" in block:
                scores = [self.value(each) for each in block["each"]]
            else:
                names, columns = list(block["scores"]), map(self.value, block["scores"].values())
                scores = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
            rows += zip(block["contents"], scores or [{} for _ in block["contents"]], strict=True)
        return rows

    def content(self, number: int) -> dict[str, Any]:
        """The content of a passage, by its number in the document: all its fields but the scores."""
        if number not in self._contents:
            entry = self._document["contents"][number]
            if isinstance(entry, str):
                if entry not in self._stored:
                    raise TraceError(f"the content {entry[:12]!r} of a passage is missing in the store", hint=ASK_AGAIN)
                entry = orjson.loads(self._stored[entry])
            self._contents[number] = {name: self.value(item) for name, item in entry.items()}
        return self._contents[number]


def _text(data: str) -> str:
    return bytes.fromhex(data).decode("utf-8", "surrogatepass")


def _numpy(data: Mapping[str, Any]) -> Any:
    import numpy  # a tenth of a second that most readers of traces need not pay

    array = numpy.frombuffer(bytes.fromhex(data["v"]), dtype=numpy.dtype(data["dtype"]))
    return array[0] if data["shape"] is None else array.reshape(data["shape"]).copy()


def decode(document: Any, contents: Mapping[str, bytes] | None = None) -> Any:
    """The value that ``encode`` made this document from.

    Args:
        document: The document, as made or read back from JSON.
        contents: The contents of the passages by digest, if a sink collected them.

    Raises:
        TraceError: The document is damaged, or a content is missing.
    """
    if not isinstance(document, Mapping) or not {"root", "contents", "passages", "lists"} <= document.keys():
        raise TraceError("this is not an encoded value: it has no root, contents, passages and lists")
    return Decoder(document, contents).value(document["root"])
