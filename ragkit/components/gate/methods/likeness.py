"""How alike answers are: by their words, as numbers between 0 and 1, and which of them mean the same.

Sources: Jaccard's index as in Lin et al. (arXiv 2305.19187, Section 4.1); ROUGE-L (Lin 2004, Section 3) as the lexical
similarity of Fomicheva et al. (arXiv 2005.10608, Section 4.2); the clusters are those of Kuhn et al.
(arXiv 2302.09664, Algorithm 1).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset(("a", "an", "the"))
Matrix = Sequence[Sequence[float]]


def words(text: str) -> list[str]:
    """The words of a text without case, in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def normalised(text: str) -> str:
    """A text without case, punctuation and articles: two that are equal then are the same answer."""
    found = words(text)
    return " ".join([word for word in found if word not in _ARTICLES] or found)


def jaccard(left: str, right: str) -> float:
    """The share of words in common; from 0 to 1, and 1 for two texts without words."""
    one, two = set(words(left)), set(words(right))
    return len(one & two) / len(one | two) if one or two else 1.0


def rouge_l(left: str, right: str) -> float:
    """The F1 of the longest common subsequence of words; from 0 to 1, and 1 for two texts without words."""
    one, two = words(left), words(right)
    if not one and not two:
        return 1.0
    return 2 * _longest_common(one, two) / (len(one) + len(two))


def matrix(texts: Sequence[str], likeness: Callable[[str, str], float]) -> list[list[float]]:
    """The likeness of every two texts, shape (n, n): symmetric, and 1 for a text and itself."""
    found = [[1.0] * len(texts) for _ in texts]
    for i, j in itertools.combinations(range(len(texts)), 2):
        found[i][j] = found[j][i] = likeness(texts[i], texts[j])
    return found


def lexical_similarity(texts: Sequence[str]) -> float:
    """1 - mean_{i<j} ROUGE-L(s_i, s_j); from 0, where all answers have the same words in order, to 1.

    LM-Polygraph and AdaRAGUE report minus the mean; here 1 is added, so that the scale begins at 0.

    Raises:
        ValueError: There are fewer than two texts.
    """
    pairs = list(itertools.combinations(texts, 2))
    if not pairs:
        raise ValueError("answers can be compared only where there are two")
    return 1.0 - sum(rouge_l(one, two) for one, two in pairs) / len(pairs)


def clusters(n: int, same: Callable[[int, int], bool]) -> list[int]:
    """The number of the meaning of each of n answers, from 0 in the order in which they come up.

    An answer joins the first cluster whose first member means the same, or begins one of its own.

    Args:
        n: How many answers there are.
        same: Whether two answers, by their places, mean the same.
    """
    firsts: list[int] = []
    found = []
    for place in range(n):
        joined = next((number for number, first in enumerate(firsts) if same(first, place)), len(firsts))
        if joined == len(firsts):
            firsts.append(place)
        found.append(joined)
    return found


def _longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    row = [0] * (len(right) + 1)
    for one in left:
        before = 0
        for place, two in enumerate(right, start=1):
            before, row[place] = row[place], before + 1 if one == two else max(row[place], row[place - 1])
    return row[-1]
