"""A conversation as text for a prompt."""

from __future__ import annotations

from collections.abc import Iterable

from ragkit.lm.marks import unmarked
from ragkit.types import Turn

NONE = "(nothing before)"


def conversation(turns: Iterable[Turn]) -> str:
    """One turn a line, oldest first: ``user: …``, ``assistant: …``; line breaks inside a turn become spaces."""
    return "\n".join(f"{turn.role}: {unmarked(' '.join(turn.text.split()))}" for turn in turns) or NONE
