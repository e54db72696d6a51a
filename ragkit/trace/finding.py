"""Looking for words inside one run: which steps hold them, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ragkit.trace.model import Span, Trace
from ragkit.trace.telling import details, what
from ragkit.trace.words import in_words, one_line

_AROUND = 70
_MOST = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A step that holds the words: the first places with what stands around them."""

    span: Span
    places: tuple[str, ...]


def find(trace: Trace, words: str) -> list[Finding]:
    """The steps of a run that hold these words, in any case: in their names, parameters, texts, passages or prompts."""
    wanted = " ".join(words.casefold().split())
    if not wanted:
        return []
    found = []
    for span in trace.spans:
        lines = [line for line in _lines(span, trace.question) if wanted in " ".join(line.casefold().split())]
        if lines:
            found.append(Finding(span, tuple(_around(line, wanted) for line in lines[:_MOST])))
    return found


def _lines(span: Span, question: str) -> Iterator[str]:
    yield f"{span.step} {span.frame}"
    yield what(span)
    for _, line in details(span, question, full=True):
        yield line
    for name, value in span.params.items():
        yield f"{name}: {in_words(value, 2_000)}"


def _around(line: str, wanted: str) -> str:
    """The part of a line around the first place, cut at both ends where it is long."""
    flat = " ".join(line.split())
    at = flat.casefold().find(wanted)
    begin, end = max(at - _AROUND, 0), at + len(wanted) + _AROUND
    return ("…" if begin else "") + one_line(flat[begin:end], end - begin + 1) + ("…" if end < len(flat) else "")
