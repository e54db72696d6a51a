"""How strange the words of a question are: what a short one ("hnsw?", "what is docetl") is about shows in little else.

Nothing is looked up in any document. The encoder's tokenizer was made from general text: a common word is one piece and
stands early in its vocabulary, a name that was coined since is cut into several ("hnsw": "h", "##ns", "##w").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ragkit.components.cues import FUNCTION_WORDS
from ragkit.components.route._form import WORD

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SHORT = 3
"""Words of a question that counts as short."""
_WORD = re.compile(WORD)
_VERSUS = re.compile(r"\b(?:vs|versus)\b", re.IGNORECASE)
# "what is anchor": whoever means the thing writes "an anchor".
_NO_ARTICLE = re.compile(
    rf"^\W*(?:what(?:['’]s| is)|explain|define|describe|tell me about)\s+(?!(?:an?|the)\b){WORD}\W*$", re.IGNORECASE
)
NAMES: tuple[str, ...] = (
    "most pieces of a word", "words in pieces", "share of words in pieces", "rarest word", "mean rarity",
    "only content", "is short", "versus", "words in capitals", "one word without article",
)  # fmt: skip


def strangeness(reader: Any, questions: Sequence[str]) -> npt.NDArray[np.float64]:
    """How strange the words of each question are; shape (n, len(NAMES)).

    Args:
        reader: Of its corpus only the encoder's tokenizer is used (``word_pieces``).
        questions: n texts.
    """
    import numpy as np

    every = [_WORD.findall(question) for question in questions]
    content = [[word for word in words if _says_something(word)] for words in every]
    wanted = list(dict.fromkeys(word.lower() for words in content for word in words))
    pieces = dict(zip(wanted, reader.word_pieces(wanted), strict=True))
    rows = [
        _row(question, words, kept, [pieces[word.lower()] for word in kept])
        for question, words, kept in zip(questions, every, content, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(questions), len(NAMES))


def _row(
    question: str, words: Sequence[str], content: Sequence[str], pieces: Sequence[tuple[int, float]]
) -> tuple[float, ...]:
    cut = sum(count > 1 for count, _ in pieces)
    places = [place for _, place in pieces]
    n = max(len(pieces), 1)
    found = (
        max((count - 1 for count, _ in pieces), default=0),
        cut,
        cut / n,
        max(places, default=0.0),
        sum(places) / n,
        len(content) == len(words),
        len(words) <= SHORT,
        bool(_VERSUS.search(question)),
        sum(len(word) > 1 and word.isupper() for word in content),
        bool(_NO_ARTICLE.search(question)),
    )
    return tuple(float(value) for value in found)


def _says_something(word: str) -> bool:
    return word.lower() not in FUNCTION_WORDS and not word.isdigit()
