"""The form of a question as numbers: what can be known of what it needs without looking into any document."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragkit.components.cues import FUNCTION_WORDS, asks_for_list, asks_for_number, names, several

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WORD = r"[^\W_]+(?:['’.^-][^\W_]+)*"
"""A pattern of one word."""
_WORD = re.compile(WORD)
_OPENINGS = ("which", "what", "how", "who", "when", "where", "why", "do", "does", "is", "are", "can", "list", "write")
_SELF = frozenset(("you", "your", "my", "me", "i", "we", "us", "please", "thanks", "thank"))
_RANKING = re.compile(
    r"\b(?:more|less|most|least|fewer|fewest|larger|largest|higher|highest|older|first|wins?)\b", re.I
)
_STUDY = frozenset(
    re.findall(
        r"\w+",
        """
    paper papers study studies work works method methods approach approaches model models system systems
    framework training trained data dataset datasets corpus benchmark benchmarks network networks algorithm
    algorithms retrieval author authors experiments evaluated proposed according
    """,
    )
)
_PATTERNS = {
    "or": r"\bor\b",
    "and": r"\band\b",
    "both": r"\bboth\b",
    "in common": r"\b(?:common|shared?)\b",
    "of the": r"\bof the\b",
    "which of": r"\bwhich (?:one )?of\b",
    "other": r"\b(?:other|another|later|also|same)\b",
    "two of": r"\b(?:two|three|four|five|several)\b",
    "digit": r"\d",
    "sign": r"[+*/=%×÷]",
    "question mark": r"\?\s*$",
    "second clause": r"[,;:] (?:and |what|which|how|who|when|where)",
}
NAMES: tuple[str, ...] = (
    "words", "log words", "asks for list", "asks for number", "speaks of several", "names", "commas", "colons",
    "hyphens", "function words", "word length", "longest word", "about us", "ranks", "about studies",
    *(f"opens with {word!r}" for word in _OPENINGS),
    *(f"has {name!r}" for name in _PATTERNS),
)  # fmt: skip


def form(questions: Sequence[str]) -> npt.NDArray[np.float64]:
    """The form of each question; shape (n, len(NAMES)). Nothing but the text is read."""
    import numpy as np

    return np.array([_form(question) for question in questions], dtype=np.float64).reshape(len(questions), len(NAMES))


@functools.lru_cache(maxsize=4096)
def _form(question: str) -> tuple[float, ...]:
    words = [word.lower() for word in _WORD.findall(question)]
    count = len(words)
    lengths = [len(word) for word in words] or [0]
    found = [
        count,
        math.log1p(count),
        asks_for_list(question),
        asks_for_number(question),
        several(question),
        len(names(question)),
        question.count(","),
        question.count(";") + question.count(":"),
        sum("-" in word for word in words),
        sum(word in FUNCTION_WORDS for word in words) / max(count, 1),
        sum(lengths) / len(lengths),
        max(lengths),
        bool(_SELF.intersection(words)),
        len(_RANKING.findall(question)),
        bool(_STUDY.intersection(words)),
        *(words[:1] == [word] for word in _OPENINGS),
        *(bool(pattern.search(question)) for pattern in _compiled()),
    ]
    return tuple(float(value) for value in found)


@functools.cache
def _compiled() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS.values())
