"""What an LM wrote as a query, as one line of text; and what stands in for nothing."""

from __future__ import annotations

from collections.abc import Iterable

_QUOTES = ('""', "''", "“”", "‘’", "``")


def tidy(text: str) -> str:
    """A query on one line, without the quotation marks that an LM likes to put around it."""
    flat = " ".join(text.split())
    while len(flat) > 1 and flat[0] + flat[-1] in _QUOTES and flat[0] not in flat[1:-1]:
        flat = flat[1:-1].strip()
    return flat


def or_question(text: str, question: str) -> tuple[str, tuple[str, ...]]:
    """The LM's text, or the question with a warning where it wrote nothing."""
    written = tidy(text)
    if written:
        return written, ()
    return question, ("the LM wrote nothing: the question stands in its place",)


def distinct(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[list[str], int]:
    """The texts, tidied, without blank ones and without those that say the same as an earlier or a known one.

    Returns:
        The texts, and how many were left out.
    """
    seen = {_same(text) for text in known}
    found: list[str] = []
    dropped = 0
    for text in texts:
        written = tidy(text)
        if not written or _same(written) in seen:
            dropped += 1
            continue
        seen.add(_same(written))
        found.append(written)
    return found, dropped


def _same(text: str) -> str:
    return tidy(text).casefold().rstrip(".?! ")
