"""What a question asks for: its words with their weights, a number, a list."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragkit.components.cues import FUNCTION_WORDS, asks_for_list, asks_for_number

if TYPE_CHECKING:
    from ragkit.corpus.index.words import Words
    from ragkit.corpus.reader import Reader

_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]++(?:-[^\W_]++)+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the extractive answer reads it.

    ``weights`` maps its terms to their weights. A content word's stem weighs its inverse document frequency in the
    corpus, ``log(1 + passages / passages with it)``, where a word in no passage counts as in half a one. Two content
    words side by side are a term too ("flow pattern"), which weighs their mean: an ordered window of the sequential
    dependence model (Metzler and Croft, SIGIR 2005). Two words with a hyphen between them ("adaptive-k") are mostly a
    name: unstemmed they are one more term, which weighs their sum. ``mass`` is the sum of the weights. ``wants_number``
    and ``wants_list`` say what kind of answer the question's form asks for.
    """

    text: str
    weights: Mapping[str, float]
    mass: float
    wants_number: bool
    wants_list: bool

    def covered(self, terms: frozenset[str]) -> float:
        """The share of the question's weight that these terms hold, 0 to 1."""
        shared = self.weights.keys() & terms
        # fsum: the order of a set changes from process to process, and must not change a score.
        return math.fsum(self.weights[term] for term in shared) / self.mass if shared else 0.0


def read_question(text: str, reader: Reader) -> Question:
    """Reads a question; document frequencies come from the corpus's own keyword index."""
    settings = reader.manifest.bm25
    ignored = function_words(settings["stopwords"])
    words = _splitter("none")(text)
    stems = dict(zip(words, _splitter(settings["stemmer"])(" ".join(words)), strict=True))
    content = [word for word in stems if word not in ignored]
    weights: dict[str, float] = {}
    for word, hits in zip(content, reader.bm25(content, None) if content else (), strict=True):
        weights[stems[word]] = math.log(1 + reader.count / max(len(hits.indices), 0.5))
    for left, right in pairwise(words):
        if left != right and {left, right}.issubset(content):
            weights[f"{stems[left]} {stems[right]}"] = (weights[stems[left]] + weights[stems[right]]) / 2
    for pair in _hyphenated(text):
        left, right = pair.split("-")
        if {left, right}.issubset(content):
            weights[pair] = weights[stems[left]] + weights[stems[right]]
    return Question(text, weights, math.fsum(weights.values()), asks_for_number(text), asks_for_list(text))


@functools.lru_cache(maxsize=16_384)
def terms_of(text: str, language: str) -> frozenset[str]:
    """The stems of a text's words, their pairs ("a b"), and its hyphenated pairs ("a-b"); recent texts are kept."""
    stems = _splitter(language)(text)
    return frozenset(stems).union((f"{left} {right}" for left, right in pairwise(stems)), _hyphenated(text))


def _hyphenated(text: str) -> list[str]:
    parts = (name.split("-") for name in _COMPOUND.findall(text.lower()))
    return [f"{left}-{right}" for names in parts for left, right in pairwise(names)]


@functools.cache
def _splitter(language: str) -> Words:
    from ragkit.corpus.index.words import Words

    return Words(language, ())  # type: ignore[arg-type]


@functools.cache
def function_words(language: str) -> frozenset[str]:
    """The words that are left out of a question: the English ones, or those that the corpus's index leaves out."""
    if language in ("english", "none"):
        return FUNCTION_WORDS
    from ragkit.corpus.index.words import stopword_list

    return frozenset(stopword_list(language))
