"""Counts: the first k, or as many as a token budget holds. They compare no scores."""

from __future__ import annotations

from collections.abc import Sequence

from ragkit.components.select.rules.cut import Cut


def top_k(n: int, k: int) -> Cut:
    """The first ``k`` of ``n``."""
    why = f"k is {k}" if n > k else f"there are no more than k = {k}"
    return Cut(min(n, k), why, rank=min(n, k) or None)


def fit_tokens(tokens: Sequence[int], budget: int) -> int:
    """How many from the start fit: the longest head whose sum is at most ``budget``."""
    used = 0
    for count, size in enumerate(tokens):
        used += size
        if used > budget:
            return count
    return len(tokens)


def pack_tokens(tokens: Sequence[int], budget: int) -> list[int]:
    """The indexes that fit when one that is too long is passed over and shorter ones behind it may still come."""
    used, chosen = 0, []
    for index, size in enumerate(tokens):
        if used + size <= budget:
            used += size
            chosen.append(index)
    return chosen
