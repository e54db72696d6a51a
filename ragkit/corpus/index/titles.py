"""Titles of documents that a text mentions: links between documents that nobody had to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_HEAD = re.compile(r"([^:]{2,40}):\s")
_ARTICLE = re.compile(r"(?:The|A|An)\s+(?=\S+\s)")
_POSSESSIVE = re.compile(r"['’]s?$")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    a about after all am an and any are as at be been before but by can could did do does for from had has have he her
    here him his how i if in into is it its just may me more most must my new no not now of off on one only or other our
    out over own she should so some such than that the their them then there these they this those through to two under
    up us very was we were what when where which while who whose why will with would you your
    """,
    )
)
"""Words that begin sentences: alone they are no title that a text mentions."""


class Mention(NamedTuple):
    """A title in a text: where it stands, and the ids of the documents that are called so."""

    start: int
    end: int
    documents: tuple[str, ...]


class Titles:
    """Finds titles in texts. Immutable.

    A title is found as it is written, capitals included; also without what it has in brackets at its end ("Will (TV
    series)"), without an article before two words and more, and by what stands before its colon ("Self-RAG: Learning to
    …"). Numbers alone, common words and what has neither a capital nor a digit are no titles that a text could mention.

    Args:
        titled: Ids of documents with their titles.
    """

    def __init__(self, titled: Iterable[tuple[str, str]]) -> None:
        found: dict[tuple[str, ...], list[str]] = {}
        for identity, title in titled:
            for form in dict.fromkeys(tuple(_WORD.findall(text)) for text in _forms(title)):
                if self._tells(form):
                    found.setdefault(form, []).append(identity)
        self._documents = {form: tuple(documents) for form, documents in found.items()}
        self._longest: dict[str, int] = {}
        for form in self._documents:
            self._longest[form[0]] = max(len(form), self._longest.get(form[0], 0))

    def mentioned(self, text: str) -> list[Mention]:
        """The titles in a text, in their order, the longest at each place; none overlaps another."""
        words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(text)]
        found = []
        at = 0
        while at < len(words):
            length, documents = self._at([word for _, _, word in words[at : at + self._reach(words[at][2])]])
            if documents:
                found.append(Mention(words[at][0], words[at + length - 1][1], documents))
            at += max(1, length)
        return found

    def _reach(self, word: str) -> int:
        return max(self._longest.get(word, 0), self._longest.get(_POSSESSIVE.sub("", word), 0))

    def _at(self, words: list[str]) -> tuple[int, tuple[str, ...]]:
        """The length and the documents of the longest title with which these words begin."""
        for length in range(len(words), 0, -1):
            form = tuple(words[:length])
            documents = self._documents.get(form) or self._documents.get((*form[:-1], _POSSESSIVE.sub("", form[-1])))
            if documents:
                return length, documents
        return 0, ()

    def _tells(self, form: tuple[str, ...]) -> bool:
        if not any(letter.isupper() or letter.isdigit() for word in form for letter in word):
            return False
        return len(form) > 1 or not (form[0].isdigit() or len(form[0]) < 2 or form[0].lower() in _COMMON)


def _forms(title: str) -> Iterator[str]:
    yield title
    bare = _BRACKETS.sub("", title)
    yield bare
    yield _ARTICLE.sub("", bare, count=1)
    if head := _HEAD.match(title):
        yield head[1]
