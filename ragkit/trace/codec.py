"""Every value that a port can carry, as JSON and back, exactly: traces and the step cache are written with it.

A **document** holds one or more encoded values and the tables they share::

    {"root": …, "contents": [sha, …], "passages": [[content, scores], …], "lists": [[ranked_by, [passage, …]], …]}

Plain JSON stands for itself (null, booleans, strings, 64-bit integers, finite floats, lists, dicts with string keys).
Everything else is an object whose key ``$`` names its type. A passage is split in two: its *content* (all but the
scores) goes to the sink under the SHA-256 of its JSON, so that a passage which a thousand runs retrieved is stored
once; the document keeps the digest and the scores. A passage or list that is met again is written as a number.

Floats keep every bit but the payload of a NaN; numpy scalars and arrays come back with their dtype. Values of other
types are refused (``strict``, for a cache), or kept as ``Opaque``: the type's name and the ``repr`` (for a trace).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

import orjson

from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Result, Turn, Usage

TAG = "$"
MAX_DEPTH = 64
"""How deep values may nest; the JSON library stops at 254 levels, of which a tagged value takes up to three."""

RECORDS: tuple[type, ...] = (Answer, Citation, Decision, Result, Turn, Usage)
CONTENT_FIELDS = tuple(field.name for field in fields(Passage) if field.name != "scores")
_CONTENT_KEY = attrgetter(*(name for name in CONTENT_FIELDS if name != "metadata"))
_FLOATS = {float}
_STRINGS = {str}
_INT64 = 1 << 63
_BASES: tuple[Any, ...] = (str, int, float, list, dict, tuple)


_BODIES: dict[tuple[bool, tuple[Any, ...]], tuple[Mapping[str, Any], str, bytes]] = {}
_BODIES_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is left of a value whose type no trace can hold: the name of its type and its ``repr``."""

    type: str
    text: str


class Encoder:
    """Encodes the values of one document.

    Args:
        sink: Is given the JSON of each passage's content under its digest. Without one the contents stand in the
            document itself.
        strict: Refuse values that cannot be restored; otherwise they are kept as ``Opaque``.
        nested: This one encodes the metadata of passages, which lie outside the document: passages in it are refused.
    """

    def __init__(
        self, sink: MutableMapping[str, bytes] | None = None, *, strict: bool = True, nested: bool = False
    ) -> None:
        self.strict = strict
        self._inline = sink is None
        self._sink: MutableMapping[str, bytes] = {} if sink is None else sink
        self._contents: list[str] = []
        self._passages: list[list[Any]] = []
        self._lists: list[list[Any]] = []
        self._content_index: dict[str, int] = {}
        self._content_memo: dict[tuple[Any, ...], int] = {}
        self._plain_keys: set[tuple[Any, ...]] = set()
        self._shown: dict[tuple[Any, ...], int] = {}
        self._seen: dict[int, tuple[Any, int]] = {}
        self._depth = 0
        self._leaves: dict[type, Callable[[Any], Any]] = {
            str: self._str, float: self._float, int: self._int, Label: self._label,
        }  # fmt: skip
        self._handlers: dict[type, Callable[[Any], Any]] = {
            list: self._list, dict: self._dict, tuple: self._tuple, Parts: self._parts,
        }  # fmt: skip
        self._handlers.update(dict.fromkeys(RECORDS, self._record))
        if not nested:
            self._metadata = Encoder(strict=strict, nested=True)
            self._handlers[Passage] = lambda value: self._tagged("Passage", self._passage(value))
            self._handlers[Passages] = self._passage_list

    def value(self, value: Any) -> Any:
        """One value as JSON; it can be read back once it stands in ``document``.

        Raises:
            TypeError: ``strict`` and the value, or one inside it, has a type that cannot be restored.
        """
        if value is None or value is True or value is False:
            return value
        leaf = self._leaves.get(type(value))
        if leaf is not None:
            return leaf(value)
        handler = self._handlers.get(type(value), self._other)
        if self._depth == MAX_DEPTH:
            return self._opaque(value, f"nested deeper than {MAX_DEPTH} levels")
        self._depth += 1
        try:
            return handler(value)
        finally:
            self._depth -= 1

    def document(self, root: Any) -> dict[str, Any]:
        """The document around ``root``, which is JSON made of what ``value`` gave."""
        contents = [orjson.loads(self._sink[sha]) for sha in self._contents] if self._inline else self._contents
        return {"root": root, "contents": contents, "passages": self._passages, "lists": self._lists}

    @staticmethod
    def _tagged(tag: str, value: Any) -> dict[str, Any]:
        return {TAG: tag, "v": value}

    def _str(self, value: str) -> Any:
        return value if is_unicode(value) else self._tagged("str", value.encode("utf-8", "surrogatepass").hex())

    def _label(self, value: Label) -> Any:
        return self._tagged("Label", Encoder._str(self, str(value)))

    def _float(self, value: float) -> Any:
        return value if math.isfinite(value) else self._tagged("float", str(value))

    def _int(self, value: int) -> Any:
        return value if -_INT64 <= value < _INT64 else self._tagged("int", hex(value))

    def _list(self, value: Sequence[Any]) -> list[Any]:
        # A curve of scores passes as it is; of finite numbers that overflow in sum, the long way takes care.
        if value and set(map(type, value)) <= _FLOATS and math.isfinite(sum(value)):
            return list(value)
        return [self.value(item) for item in value]

    def _dict(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        """Scores are most of what a run leaves: finite floats under keys that were met before pass as they are."""
        keys = tuple(value)
        if keys in self._plain_keys and set(map(type, keys)) <= _STRINGS:  # a label equals the string that it is
            if set(map(type, value.values())) <= _FLOATS and math.isfinite(sum(value.values())):
                return value if type(value) is dict else dict(value)
        elif TAG in value or not all(type(key) is str and is_unicode(key) for key in keys):
            return self._tagged("dict", [[self._key(key), self.value(item)] for key, item in value.items()])
        else:
            self._plain_keys.add(keys)
        return {key: self.value(item) for key, item in value.items()}

    def _key(self, key: Any) -> Any:
        return Encoder._str(self, key) if type(key) is str else self.value(key)

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        return self._tagged("tuple", self._list(value))

    def _parts(self, value: Parts[Any]) -> Any:
        return self._tagged("Parts", [self._list(value.items), self._list(value.origins)])

    def _record(self, value: Any) -> Any:
        cls = type(value)
        return self._tagged(cls.__name__, {f.name: self.value(getattr(value, f.name)) for f in fields(cls)})

    def _passage_list(self, value: Passages) -> Any:
        seen = self._seen.get(id(value))
        if seen is None:
            name = None if value.ranked_by is None else Encoder._str(self, value.ranked_by)
            known = self._seen
            numbers = [(known.get(id(each)) or self._new_passage(each))[1] for each in value.items]
            seen = self._remember(value, self._lists, [name, numbers])
        return self._tagged("Passages", seen[1])

    def _passage(self, value: Passage) -> int:
        return (self._seen.get(id(value)) or self._new_passage(value))[1]

    def _new_passage(self, value: Passage) -> tuple[Any, int]:
        return self._remember(value, self._passages, [self._content(value), self._dict(value.scores)])

    def _remember(self, value: Any, table: list[list[Any]], entry: list[Any]) -> tuple[Any, int]:
        table.append(entry)
        found = self._seen[id(value)] = (value, len(table) - 1)  # holding the value keeps its id from being used again
        return found

    def _content(self, passage: Passage) -> int:
        """The number of a passage's content in this document; copies that differ in scores share it."""
        key = (*_CONTENT_KEY(passage), id(passage.metadata))
        index = self._content_memo.get(key)
        if index is None:
            sha, body = self._body(passage, key)
            index = self._content_index.setdefault(sha, len(self._contents))
            if index == len(self._contents):
                self._contents.append(sha)
                self._sink.setdefault(sha, body)
            self._content_memo[key] = index
        return index

    def _body(self, passage: Passage, key: tuple[Any, ...]) -> tuple[str, bytes]:
        """The digest and the JSON of a content. Runs meet the same passages again and again: recent ones are kept."""
        kept = _BODIES.get((self.strict, key))
        if kept is not None and kept[0] is passage.metadata:
            return kept[1], kept[2]
        body = orjson.dumps(self.content_fields(passage))
        sha = hashlib.sha256(body).hexdigest()
        if len(_BODIES) >= _BODIES_MOST:
            _BODIES.clear()
        _BODIES[self.strict, key] = (passage.metadata, sha, body)  # the metadata is held, and so keeps its id
        return sha, body

    def content_number(self, id: str, doc_id: str, title: str, text: str) -> int | None:
        """The number of the content that a passage in this document has, told by what a result shows of it."""
        if len(self._shown) != len(self._content_memo):
            self._shown = {key[:4]: number for key, number in self._content_memo.items()}
        return self._shown.get((id, doc_id, title, text))

    def content_fields(self, passage: Passage) -> dict[str, Any]:
        """The content of a passage as JSON."""
        return {name: self._metadata.value(getattr(passage, name)) for name in CONTENT_FIELDS}

    def _other(self, value: Any) -> Any:
        """Numpy by its bytes; what is like a list or a dict, where it need not come back as the same class."""
        if _is_numpy(value):
            return {
                TAG: "numpy",
                "dtype": value.dtype.str,
                "shape": None if type(value).__name__ != "ndarray" else list(value.shape),
                "v": value.tobytes().hex(),
            }
        if isinstance(value, Opaque):
            return self._tagged("Opaque", [value.type, self.value(value.text)])
        if isinstance(value, Mapping) and not isinstance(value, dict):
            return self._dict(value)
        if self.strict:
            return self._opaque(value, "no port type")
        if isinstance(value, tuple) and hasattr(value, "_asdict"):
            return self._dict(value._asdict())
        for base in _BASES:
            if isinstance(value, base):
                return self.value(base(value))
        return self._opaque(value, "no port type")

    def _opaque(self, value: Any, why: str) -> Any:
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        if self.strict:
            raise TypeError(f"a value of type {name!r} cannot be stored and restored: {why}")
        try:
            text = repr(value)
        except Exception as error:  # a foreign __repr__ may raise anything; the trace of the run must not be lost by it
            text = f"<repr failed: {type(error).__name__}>"
        return self._tagged("Opaque", [name, self._str(text)])


def _is_numpy(value: Any) -> bool:
    """A scalar or a plain array of numbers or times, told without importing numpy."""
    cls = type(value)
    if cls.__module__ != "numpy" or getattr(getattr(value, "dtype", None), "kind", "") not in set("biufcmM"):
        return False
    return bool(cls.__name__ == "ndarray" or value.shape == ())


def is_unicode(text: str) -> bool:
    """False for a string with lone surrogates, which has no UTF-8 (file names can carry them)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def encode(value: Any, sink: MutableMapping[str, bytes] | None = None) -> dict[str, Any]:
    """One value as a document, JSON-able and lossless; ``decode`` gives it back.

    Args:
        value: Any value of a port, or a ``Result`` around one.
        sink: Collects the contents of the passages as ``{sha: JSON}``; without one they stand in the document.

    Raises:
        TypeError: The value, or one inside it, has no port type.
    """
    encoder = Encoder(sink)
    return encoder.document(encoder.value(value))


def digest(value: Any) -> str:
    """The SHA-256 of a value, contents included: equal for equal values (dicts in the same order) of the same types."""
    return hashlib.sha256(orjson.dumps(encode(value, {}))).hexdigest()
