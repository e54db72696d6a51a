"""Halves of surrogate pairs, which JSON can hold and no text can: joined where both are there, else replaced."""

from __future__ import annotations

import dataclasses
from typing import Any

_HIGH = range(0xD800, 0xDC00)


def whole(text: str) -> str:
    """The text with its pairs joined, and ``\N{REPLACEMENT CHARACTER}`` for a half that stands alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class Joined:
    """Pieces of a text that a server may have cut within a character."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, piece: str) -> str:
        """What can be shown now."""
        text = self._half + piece
        self._half = text[-1] if text and ord(text[-1]) in _HIGH else ""
        return whole(text[: len(text) - len(self._half)])


def readable(response: Any) -> Any:
    """A response of DSPy whose texts can be stored and printed."""
    parts = tuple(_readable(part) for part in response.message.parts)
    changes: dict[str, Any] = {}
    if parts != tuple(response.message.parts):
        changes["message"] = dataclasses.replace(response.message, parts=parts)
    if response.logprobs is not None:
        changes["logprobs"] = tuple(
            dataclasses.replace(
                one,
                token=whole(one.token),
                top=tuple(dataclasses.replace(other, token=whole(other.token)) for other in one.top),
            )
            for one in response.logprobs
        )
    return dataclasses.replace(response, **changes) if changes else response


def _readable(part: Any) -> Any:
    if part.type not in ("text", "thinking"):
        return part
    text = whole(part.text)
    return part if text == part.text else dataclasses.replace(part, text=text)
