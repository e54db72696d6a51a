"""Values as JSON: what ``ragkit.trace.codec`` writes of a value that holds no passages.

Plain JSON stands for itself (null, booleans, strings, 64-bit integers, finite floats, lists, dicts with string keys).
Everything else is an object whose key ``$`` names its type. Floats keep every bit but the payload of a NaN; numpy
scalars and arrays come back with their dtype. Values of other types are refused (``strict``, for a cache), or kept as
``Opaque``: the type's name and the ``repr`` (for a trace).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from ragkit.types import Answer, Citation, Decision, Label, Parts, Result, Token, Turn, Usage

TAG = "$"
MAX_DEPTH = 64
"""How deep values may nest; the JSON library stops at 254 levels, of which a tagged value takes up to three."""

RECORDS: tuple[type, ...] = (Answer, Citation, Decision, Result, Token, Turn, Usage)
_FIELDS = {cls: tuple(field.name for field in fields(cls)) for cls in RECORDS}
_INT64 = 1 << 63
_BASES: tuple[Any, ...] = (str, int, float, list, dict, tuple)
_Handlers = Mapping[type, Callable[[Any, Any], Any]]


@dataclass(frozen=True, slots=True)
class Opaque:
    """What is left of a value whose type no trace can hold: the name of its type and its ``repr``."""

    type: str
    text: str


class ValueEncoder:
    """Encodes values that hold no passages.

    Args:
        strict: Refuse values that cannot be restored; otherwise they are kept as ``Opaque``.
    """

    handled: ClassVar[dict[type, str]] = {
        list: "_curve", dict: "_dict", tuple: "_tuple", Parts: "_parts", **dict.fromkeys(RECORDS, "_record"),
    }  # fmt: skip
    """The method for each type of which other values can be part."""
    _found: ClassVar[tuple[_Handlers, _Handlers]]

    def __init_subclass__(cls) -> None:
        # Found once for each class, and not bound for each of the many encoders.
        leaves: _Handlers = {
            type(None): cls._itself, bool: cls._itself, str: cls._str, float: cls._float, int: cls._int,
            Label: cls._label,
        }  # fmt: skip
        cls._found = (leaves, {kind: getattr(cls, name) for kind, name in cls.handled.items()})

    def __init__(self, *, strict: bool = True) -> None:
        self.strict = strict
        self._plain_keys: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._depth = 0
        self._leaves, self._handlers = self._found

    def value(self, value: Any) -> Any:
        """One value as JSON.

        Raises:
            TypeError: ``strict`` and the value, or one inside it, has a type that cannot be restored.
        """
        kind = type(value)
        leaf = self._leaves.get(kind)
        if leaf is not None:
            return leaf(self, value)
        if self._depth == MAX_DEPTH:
            return self._opaque(value, f"nested deeper than {MAX_DEPTH} levels")
        handler = self._handlers.get(kind)
        self._depth += 1
        try:
            return self._other(value) if handler is None else handler(self, value)
        finally:
            self._depth -= 1

    @staticmethod
    def _tagged(tag: str, value: Any) -> dict[str, Any]:
        return {TAG: tag, "v": value}

    def _itself(self, value: Any) -> Any:
        return value

    def _str(self, value: str) -> Any:
        return value if value.isascii() else plain_text(value)

    def _label(self, value: Label) -> Any:
        return self._tagged("Label", plain_text(str(value)))

    def _float(self, value: float) -> Any:
        return value if math.isfinite(value) else self._tagged("float", str(value))

    def _int(self, value: int) -> Any:
        return value if -_INT64 <= value < _INT64 else self._tagged("int", hex(value))

    def _list(self, value: Iterable[Any]) -> list[Any]:
        leaves, inner = self._leaves, self.value
        return [leaf(self, item) if (leaf := leaves.get(type(item))) else inner(item) for item in value]

    def _curve(self, value: Collection[Any]) -> list[Any]:
        # A curve of scores passes as it is; of finite numbers that overflow in sum, the long way takes care.
        if value and list(map(type, value)).count(float) == len(value) and math.isfinite(sum(value)):
            return list(value)
        return self._list(value)

    def _dict(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        # Keys are few and the same objects again and again. By value they would be mistaken: a label equals its string.
        ids = tuple(map(id, value))
        if ids not in self._plain_keys:
            if TAG in value or not all(type(key) is str and is_unicode(key) for key in value):
                return self._tagged("dict", [[self._key(key), self.value(item)] for key, item in value.items()])
            self._plain_keys[ids] = tuple(value)  # held, and so keep their ids
        leaves, inner = self._leaves, self.value
        return {
            key: leaf(self, item) if (leaf := leaves.get(type(item))) else inner(item) for key, item in value.items()
        }

    def _key(self, key: Any) -> Any:
        return plain_text(key) if type(key) is str else self.value(key)

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        return self._tagged("tuple", self._list(value))

    def _parts(self, value: Parts[Any]) -> Any:
        return self._tagged("Parts", [self._list(value.items), self._list(value.origins)])

    def _record(self, value: Any) -> Any:
        cls = type(value)
        leaves, inner = self._leaves, self.value
        encoded = {}
        for name in _FIELDS[cls]:
            item = getattr(value, name)
            leaf = leaves.get(type(item))
            encoded[name] = inner(item) if leaf is None else leaf(self, item)
        return {TAG: cls.__name__, "v": encoded}

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


ValueEncoder.__init_subclass__()


def plain_text(text: str) -> Any:
    """A string as JSON, also one that has no UTF-8."""
    return text if is_unicode(text) else {TAG: "str", "v": text.encode("utf-8", "surrogatepass").hex()}


def is_unicode(text: str) -> bool:
    """False for a string with lone surrogates, which has no UTF-8 (file names can carry them)."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_numpy(value: Any) -> bool:
    """A scalar or a plain array of numbers or times, told without importing numpy."""
    cls = type(value)
    if cls.__module__ != "numpy" or getattr(getattr(value, "dtype", None), "kind", "") not in set("biufcmM"):
        return False
    return bool(cls.__name__ == "ndarray" or value.shape == ())
