"""Values of a trace in words: how stories, comparisons and exports name what flowed through a step."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ragkit.trace.values import Opaque
from ragkit.types import Answer, Label, Parts, Passage, Passages, Token, Turn

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Text with control characters written out: no document moves a terminal's cursor or turns its direction."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text.replace("\r\n", "\n"))


def one_line(text: str, most: int = 80) -> str:
    """Text on one line, cut after a word with ``…`` where it has more than ``most`` characters."""
    flat = " ".join(visible(text).split())
    if len(flat) <= most:
        return flat
    cut = flat[: most - 1]
    head, blank, _ = cut.rpartition(" ")
    return (head if blank and len(head) > most // 2 else cut) + "…"


def duration(nanoseconds: float) -> str:
    """A time for a person: ``840 µs``, ``12.4 ms``, ``3.20 s``, ``2 min 05 s``."""
    if nanoseconds < 1e6:
        return f"{nanoseconds / 1e3:.0f} µs"
    if nanoseconds < 1e9:
        return f"{nanoseconds / 1e6:.1f} ms"
    if nanoseconds < 60e9:
        return f"{nanoseconds / 1e9:.2f} s"
    minutes, seconds = divmod(round(nanoseconds / 1e9), 60)
    return f"{minutes} min {seconds:02d} s"


def number(value: float) -> str:
    """A number with four significant digits, without trailing zeros."""
    return str(value) if isinstance(value, (bool, int)) else f"{float(value):.4g}"


def counted(count: int, noun: str) -> str:
    """``1 passage``, ``3 passages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}{'es' if noun.endswith('s') else 's'}"


def in_words(value: Any, most: int = 80) -> str:
    """A value of a port in a few words."""
    if isinstance(value, Passages):
        return counted(len(value), "passage") + (f" by {value.ranked_by}" if value.ranked_by and value else "")
    if isinstance(value, Passage):
        return f"passage {value.id}"
    if isinstance(value, Answer):
        if value.abstained:
            return "no answer (it abstained)"
        return f"an answer with {counted(len(value.citations), 'citation')}"
    if isinstance(value, Label):
        return f"label {str(value)!r}"
    if isinstance(value, str):
        return f"“{one_line(value, most)}”"
    if isinstance(value, Turn):
        return f"{value.role}: “{one_line(value.text, most)}”"
    if isinstance(value, Opaque):
        return f"{value.type}"
    if isinstance(value, (bool, int, float)):
        return number(value)
    if value is None:
        return "nothing"
    return _several(value, most)


def _several(value: Any, most: int) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key}: {in_words(item, 24)}" for key, item in value.items())
        return one_line("{" + inside + "}", most)
    if isinstance(value, (Parts, Sequence)):
        if not value:
            return "an empty list"
        if all(isinstance(item, Passages) for item in value):
            return f"{counted(len(value), 'list')} of passages ({', '.join(str(len(item)) for item in value)})"
        if all(isinstance(item, Token) for item in value):
            return f"{counted(len(value), 'token')} with log-probabilities"
        return one_line("[" + ", ".join(in_words(item, 40) for item in value) + "]", most)
    if hasattr(value, "item"):  # a numpy scalar
        return in_words(value.item(), most) if getattr(value, "shape", None) == () else f"array {value.shape}"
    return one_line(str(value), most)
