"""What a plain scalar means: the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3.2), and nothing more.

``yes``, ``on``, ``12:30`` and ``2024-01-01`` are text; ``010`` is ten and ``0o10`` eight.
"""

from __future__ import annotations

import math
import re

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NAN = frozenset((".nan", ".NaN", ".NAN"))
_MOST_DIGITS = 64


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar.

    Raises:
        OverflowError: It is a number that is too large to be kept as it stands; the message says why.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    for pattern, base in ((_INT, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.fullmatch(text):
            if len(text) > _MOST_DIGITS:
                raise OverflowError(f"a whole number of {len(text)} digits")
            return int(text[2:], base) if base != 10 else int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise OverflowError("a number above 1.8e308, the largest that can be kept; write .inf for infinity")
        return number
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in _NAN else text
