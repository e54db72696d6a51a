"""The words of a corpus: how rare they are, which documents hold them all, and which spelling is the usual one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ragkit.corpus.index.words import Words
from ragkit.evaluate.documents import Documents
from ragkit.evaluate.synth.wordlist import FUNCTION_WORDS, word_set

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader

_WORD = re.compile(r"[^\W_]+")
_ASKING = word_set(
    """which what who whom when where how many much does did name called document documents mention mentions stand
    stands two both missing title word abbreviation abbreviated short list find complete among them one"""
)


def share(weights: Mapping[str, float], stems: AbstractSet[str]) -> float:
    """The share of these weights whose stems are there, 0 to 1."""
    total = math.fsum(weights.values())
    return math.fsum(weight for stem, weight in weights.items() if stem in stems) / total if total else 0.0


class Vocabulary:
    """Looks words up in the keyword index, so that it is as large as the corpus and costs nothing to make.

    Args:
        reader: The index.
        documents: Its documents.
    """

    def __init__(self, reader: Reader, documents: Documents) -> None:
        self._reader = reader
        self._documents = documents
        self._stemming = Words(reader.manifest.bm25["stemmer"], ())
        self._ignored = FUNCTION_WORDS | _ASKING
        self._stems: dict[str, list[str]] = {}
        self._held: dict[str, frozenset[int]] = {}
        self._cased: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._documents)

    def content(self, text: str) -> dict[str, str]:
        """The content words of a text: each stem with one of its words; those that only ask or bind are left out."""
        words = [word for word in _WORD.findall(text.lower()) if word not in self._ignored]
        return {stem: word for word in words for stem in self.stems_of_word(word)}

    def stems(self, text: str) -> list[str]:
        """The stems of all words of a text, in its order."""
        return self._stemming(text)

    def stems_of_word(self, word: str) -> list[str]:
        """The stems of one word: mostly one, two for "KV-cache"; remembered."""
        found = self._stems.get(word)
        if found is None:
            found = self._stems[word] = self._stemming(word)
        return found

    def holding(self, stem: str, word: str) -> frozenset[int]:
        """The numbers of the documents that hold a word, whatever its ending."""
        found = self._held.get(stem)
        if found is None:
            hits = self._reader.bm25([word], None)[0]
            found = self._held[stem] = frozenset(self._documents.ranking(hits.indices))
        return found

    def holding_all(self, text: str) -> frozenset[int]:
        """The documents that hold every content word of a text; none for a text without any."""
        sets = sorted((self.holding(stem, word) for stem, word in self.content(text).items()), key=len)
        return frozenset.intersection(*sets) if sets else frozenset()

    def weight(self, stem: str, word: str) -> float:
        """How much a word tells: log(1 + documents / documents that hold it), half a document for none."""
        return math.log(1 + len(self) / max(len(self.holding(stem, word)), 0.5))

    def weights(self, text: str) -> dict[str, float]:
        """The weight of each content word of a text, by stem."""
        return {stem: self.weight(stem, word) for stem, word in self.content(text).items()}

    def learn_case(self, texts: Iterable[str]) -> None:
        """Counts how words are spelt inside of sentences, for ``uncapitalised``."""
        for text in texts:
            self._cased.update(match[1] for match in re.finditer(r"(?<=[a-z,;] )([^\W\d_]+)", text))

    def uncapitalised(self, text: str) -> str:
        """The text as it stands inside of a sentence: its first word in lower case, unless it is spelt with a capital.

        It is left as it is where a later word has a capital too: then the whole is a name.
        """
        first = re.match(r"[^\s,;:.]+", text)
        if first is None or not first[0].isalpha() or not (first[0][1:].islower() or len(first[0]) == 1):
            return text
        lower = first[0].lower()
        if lower not in ("the", "a", "an") and re.search(r" [A-Z][a-z]", text):
            return text
        return lower + text[first.end() :] if self.is_common(lower) else text

    def is_common(self, word: str) -> bool:
        """True for a word that is mostly spelt in lower case inside of sentences."""
        return self._cased[word] > self._cased[word.capitalize()] or word in ("the", "a", "an")
