"""Passages as text for a prompt: numbered, and the same bytes for the same passages in the same order."""

from __future__ import annotations

from collections.abc import Iterable

from ragkit.types import Passage

NONE = "(no passages)"


def numbered(passages: Iterable[Passage]) -> str:
    """``[1] Title`` over the text of each, a blank line between; no ids and no scores, which change without meaning.

    The number of a passage is its place in the list, from 1.
    """
    return "\n\n".join(f"[{number}] {written(passage)}" for number, passage in enumerate(passages, start=1)) or NONE


def written(passage: Passage) -> str:
    """One passage: its title on a line of its own, where it has one, and its text."""
    title, text = passage.title.strip(), passage.text.strip()
    return f"{title}\n{text}" if title else text
