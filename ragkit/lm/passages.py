"""Passages as text for a prompt: numbered, and the same bytes for the same passages in the same order."""

from __future__ import annotations

from collections.abc import Iterable

from ragkit.lm.marks import unmarked
from ragkit.types import Passage

NONE = "(no passages)"


def numbered(passages: Iterable[Passage], first: int = 1) -> str:
    """``[1] Title`` over the text of each, a blank line between; no ids and no scores, which change without meaning.

    Args:
        passages: What the LM is shown.
        first: The number of the first of them; the others follow.
    """
    return "\n\n".join(f"[{number}] {written(passage)}" for number, passage in enumerate(passages, first)) or NONE


def written(passage: Passage) -> str:
    """One passage: its title on a line of its own, where it has one, and its text; it cannot begin a field."""
    title, text = passage.title.strip(), passage.text.strip()
    return unmarked(f"{title}\n{text}" if title else text)
