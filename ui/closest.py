"""Which sentence of a cited passage is closest to what it is cited for, where the answer does not quote."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from ragkit.corpus.chunks.segmenting import sentence_spans
from ragkit.corpus.index.words import Words, stopword_list

_MARKER = re.compile(r"[ \t]*\[(\d{1,9}(?:,\s*\d{1,9})*)\]")
_LEAST_SHARED = 2
"""Fewer words in common are chance: then no sentence is called close."""
_words = Words("english", stopword_list("english"))


def statements(answer: str, number: int) -> Iterator[str]:
    """What an answer cites a passage for: the sentence that ends at, or holds, each mark of its number.

    Args:
        answer: The answer, with numbers in brackets behind its statements.
        number: The passage's number.
    """
    for mark in _MARKER.finditer(answer):
        if number in map(int, mark[1].split(",")):
            before = _MARKER.sub("", answer[: mark.start()])
            spans = sentence_spans(before)
            if spans:
                start, end = spans[-1]
                yield before[start:end]


@functools.lru_cache(maxsize=512)  # a page that is drawn again asks the same
def closest(answer: str, number: int, passage: str) -> tuple[int, int] | None:
    """The sentence of a passage that shares most with what the passage is cited for.

    Words are counted once, without stop words, by their stems. The best sentence shares the most words with one
    statement; of several, it is the one that has the fewest others, then the first.

    Args:
        answer: The answer, with numbers in brackets behind its statements.
        number: The passage's number.
        passage: The passage's text.

    Returns:
        Start and end of the sentence in the passage; None where none shares two words.
    """
    said = [set(_words(statement)) for statement in statements(answer, number)]
    found: tuple[tuple[int, int], tuple[int, int]] | None = None
    for span in sentence_spans(passage):
        own = set(_words(passage[slice(*span)]))
        shared = max((len(own & words) for words in said), default=0)
        rank = shared, -len(own - set().union(*said))
        if shared >= _LEAST_SHARED and (found is None or rank > found[0]):
            found = rank, span
    return None if found is None else found[1]
