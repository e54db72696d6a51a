"""Values that an LM wrote its own way, as the type that was asked for: ``Relevant.``, ``yes, it does``, ``[1], [3]``.

Only what can be read in one way is read; what cannot stays what it is, and the reply is an error.
"""

from __future__ import annotations

import ast
import json
import re
import typing
from collections.abc import Sequence
from typing import Any

_NOTHING = frozenset({"", "none", "nothing", "n/a", "no", "empty", "null", "[]"})
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_ITEM = re.compile(r"^\s*(?:[-*•]|\(?\d{1,3}[.):]\)?)\s+(\S.*)$")
_NEGATED = re.compile(r"\b(?:not|no|nor|never|neither|hardly)\b|n't\b")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_FENCE = re.compile(r"^```\w*\s*(.*?)\s*```$", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ONLY_NUMBERS = re.compile(r"(?:[\s\[\](){},;>*•-]|\band\b|\d+\.?)*", re.IGNORECASE)

_DIGITS = 18
"""Numbers of more digits are no numbers of things; Python refuses to read very long ones."""


def canonical(text: str, annotation: Any) -> str | None:
    """The value as the format wants it, where the text can be read as one of this type in one way only; else None."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return _choice(text, [option for option in arguments if isinstance(option, str)])
    if annotation is bool:
        found = _choice(text, list(_TRUTH))
        return None if found is None else json.dumps(_TRUTH[found])
    if annotation in (int, float):
        return _one_number(text)
    if origin is list:
        return _list(text, arguments[0])
    return None


def is_list(text: str) -> bool:
    """True where the text is a list and nothing else, as JSON or Python write one."""
    for read in (json.loads, ast.literal_eval):
        try:
            if isinstance(read(text.strip()), list):
                return True
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            pass
    return False


def _list(text: str, element: Any) -> str | None:
    text = _FENCE.sub(r"\1", text.strip())
    if is_list(text):
        return text
    inside = _BRACKETS.findall(text)
    if len(inside) == 1 and is_list(inside[0]) and text.count("[") == text.count("]") == 1 and "," in inside[0]:
        return str(inside[0])
    if text.strip().casefold().strip(".()") in _NOTHING:
        return "[]"
    if element is int:
        return _numbers(text)
    return _items(text) if element is str else None


def _choice(text: str, options: Sequence[str]) -> str | None:
    """The option that the text is, that it begins with, or the only one that its first line names."""
    line = next((line for line in text.splitlines() if line.strip()), "").casefold()
    plain = _EDGES.sub("", line)
    known = {_EDGES.sub("", option.casefold()): option for option in options}
    if plain in known:
        return known[plain]
    named = [word for word in known if word and _stands_in(word, plain)]
    # "partly relevant" names "relevant" too: the longer option is meant.
    named = [word for word in named if not any(word != other and _stands_in(word, other) for other in named)]
    first = [word for word in named if re.match(rf"{re.escape(word)}\W*(?:[,.;:!(—–]|$)", plain)]
    if not first and len(named) == 1 and not _NEGATED.search(plain):
        first = named
    return known[first[0]] if len(first) == 1 else None


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _one_number(text: str) -> str | None:
    found = _NUMBER.findall(text)
    return found[0] if len(found) == 1 and "%" not in text and "/" not in text else None


def _items(text: str) -> str | None:
    lines = [line for line in text.splitlines() if line.strip()]
    items = [match[1].strip() for line in lines if (match := _ITEM.match(line))]
    return json.dumps(items, ensure_ascii=False) if items and len(items) == len(lines) else None


def _numbers(text: str) -> str | None:
    whole = text.count("[") == text.count("]") and _ONLY_NUMBERS.fullmatch(text) is not None
    found = re.findall(r"\d+", text) if whole else []
    short = all(len(number) <= _DIGITS for number in found)
    return json.dumps([int(number) for number in found]) if found and short else None
