"""Texts that come from elsewhere, in a prompt whose fields are parted by marks."""

from __future__ import annotations

import re
from typing import Any

_MARK = re.compile(r"\[\[(\s*##)")


def unmarked(text: str) -> str:
    """A text in which ``[[ ##`` is ``[ [ ##``: what a document or a turn says cannot begin a field of the prompt."""
    return _MARK.sub(r"[ [\1", text)


def harmless(value: Any) -> Any:
    """The value of an input field, with its texts, and those in its lists, unmarked."""
    if isinstance(value, str):
        return unmarked(value)
    return [harmless(one) for one in value] if isinstance(value, list) else value
