"""Text to the words that BM25 counts."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Sequence
from typing import Any

from ragkit.corpus.index.config import Stemmer, Stopwords

# Chinese and Japanese write no blanks between words: there each character counts as one.
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+")


class Words:
    """Splits text into words: lower case, stop words left out, stemmed. Safe to use from several threads.

    Single letters and numbers are kept: the "k" of "adaptive-k" is often the word that matters.

    Args:
        stemmer: A Snowball stemmer.
        stopwords: The words to leave out, in lower case, before stemming.
    """

    def __init__(self, stemmer: Stemmer, stopwords: Sequence[str]) -> None:
        self._stopwords = frozenset(stopwords)
        self._name = stemmer
        self._local = threading.local()

    def __call__(self, text: str) -> list[str]:
        """The words of a text, in order, repeated ones too."""
        words = [word for word in _WORD.findall(text.lower()) if word not in self._stopwords]
        if self._name == "none":
            return words
        stems: list[str] = self._stemmer().stemWords(words)
        return stems

    def _stemmer(self) -> Any:
        found = getattr(self._local, "stemmer", None)
        if found is None:
            import Stemmer

            found = self._local.stemmer = Stemmer.Stemmer(self._name)
        return found


@functools.cache
def stopword_list(language: Stopwords) -> tuple[str, ...]:
    """The stop words of a language, as bm25s lists them."""
    if language == "none":
        return ()
    import bm25s.stopwords as lists

    return tuple(sorted(getattr(lists, f"STOPWORDS_{'EN' if language == 'english' else language.upper()}")))
