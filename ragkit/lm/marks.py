"""Texts that come from elsewhere, in a prompt whose fields are parted by marks."""

from __future__ import annotations

import re

_MARK = re.compile(r"\[\[(\s*##)")


def unmarked(text: str) -> str:
    """A text in which ``[[ ##`` is ``[ [ ##``: what a document or a turn says cannot begin a field of the prompt."""
    return _MARK.sub(r"[ [\1", text)
