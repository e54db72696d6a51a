"""Passages for tests, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.types import Passage, Passages


def passage(name: str, tokens: int | None = 100, doc: str | None = None, ordinal: int = 0, **scores: float) -> Passage:
    """A passage whose text is made from its name."""
    return Passage(name, doc or name, f"Title {name}", f"Text of {name}.", scores, tokens=tokens, ordinal=ordinal)


def ranked(scores: Sequence[float], name: str = "cosine", tokens: int | None = 100, start: str = "p") -> Passages:
    """A list that ``name`` ordered, with ids p0, p1, …"""
    return Passages([passage(f"{start}{i}", tokens, **{name: s}) for i, s in enumerate(scores)], name)


def ids(passages: Sequence[Passage]) -> list[str]:
    return [p.id for p in passages]
