"""Metadata as JSON values: what every store can keep."""

from __future__ import annotations

import datetime
import math
from typing import Any

from ragkit.errors import DocumentError

_MOST_VALUES = 10_000
_DEEPEST = 32
_LOWEST, _HIGHEST = -(2**63), 2**64 - 1


def json_values(value: Any, place: str) -> Any:
    """A value with dates as ISO 8601 strings, keys as strings and tuples as lists.

    Raises:
        DocumentError: It holds something JSON has no form for or a number beyond 64 bits, it is nested deeper than 32,
            or it has more than 10,000 values (YAML aliases can write more than a disk holds in a few lines).
    """
    left = _MOST_VALUES

    def convert(inner: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST:
            raise DocumentError(
                f"the metadata holds more than {_MOST_VALUES} values or is nested deeper than {_DEEPEST}", place=place
            )
        if isinstance(inner, dict):
            return {_key(key, place): convert(item, depth + 1) for key, item in inner.items()}
        if isinstance(inner, (list, tuple, set)):
            return [convert(item, depth + 1) for item in inner]
        if isinstance(inner, (datetime.date, datetime.time)):
            return inner.isoformat()
        if inner is None or isinstance(inner, (str, bool)):
            return inner
        if isinstance(inner, int) and _LOWEST <= inner <= _HIGHEST:
            return inner
        if isinstance(inner, float) and math.isfinite(inner):
            return inner
        shown = "a number beyond 64 bits" if isinstance(inner, int) else f"{str(inner)[:40]!r}"
        raise DocumentError(f"the metadata holds {shown}, which JSON stores cannot keep", place=place)

    return convert(value, 0)


def _key(key: Any, place: str) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, (bool, int, float, datetime.date)) or key is None:
        return str(key)
    raise DocumentError(f"the metadata has a key of type {type(key).__name__}; keys are strings", place=place)


def whole_number(written: str) -> int:
    """The whole number that a file writes.

    Raises:
        ValueError: It is none, or does not fit into 64 bits.
    """
    if len(written) > 40 or not _LOWEST <= int(written) <= _HIGHEST:
        raise ValueError(f"the number {written[:40]} does not fit into 64 bits; write it as a string")
    return int(written)


def finite_number(written: str) -> float:
    """The number that a file writes.

    Raises:
        ValueError: It is none, or is not finite.
    """
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(f"the number {written[:40]} does not fit into 64 bits; write it as a string")
    return value
