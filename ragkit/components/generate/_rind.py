"""DRAGIN's formulas: where an LM needs to know more (RIND), and what to search for (QFS). Arrays in, arrays out.

Notation: t_1 … t_n are the tokens that were written, H_i is the entropy of the distribution that t_i was taken from (in
nats), A the attention of the last layer, its heads averaged: A[j, i] is how much t_j attends to t_i. Source: Su et al.,
"DRAGIN" (arXiv 2403.10081, Section 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragkit.components.hesitation import is_content

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Span = tuple[int, int]
_WORD = re.compile(r"\w(?:[\w'’.-]*\w)?")


def entropy(logits: Floats) -> float:
    """H = -sum_v p_v log p_v over the whole vocabulary, p the softmax of the logits; from 0 to the log of its size."""
    import numpy as np

    shifted = logits - logits.max()
    weights = np.exp(shifted)
    whole = weights.sum()
    # -sum p log p, with log p = shifted - log(whole); where p is 0 its logarithm does not matter.
    return max(float(np.log(whole) - (weights * np.where(weights > 0, shifted, 0.0)).sum() / whole), 0.0)


def strongest(attention: Floats) -> Floats:
    """a_max(i) = max over j > i of A[j, i]: the most that any later token attends to t_i; 0 for the last token.

    Args:
        attention: ``[n, n]``, row j what t_j attends to.
    """
    import numpy as np

    later = np.tril(attention, k=-1)  # only rows below the diagonal: those of later tokens
    found: Floats = later.max(axis=0, initial=0.0)
    return found


def relative(values: Floats, sentences: Sequence[int]) -> Floats:
    """Each value as a multiple of the mean of its sentence, as DRAGIN's code has it: thresholds are then near 1.

    Args:
        values: ``[n]``, attention that tokens receive.
        sentences: The number of the sentence of each token.
    """
    import numpy as np

    found = np.zeros_like(values)
    numbers = np.asarray(sentences)
    for number in np.unique(numbers):
        within = numbers == number
        mean = values[within].mean()
        if mean > 0:
            found[within] = values[within] / mean
    return found


def rind(entropies: Floats, attention: Floats, content: Sequence[bool]) -> Floats:
    """S_i = H_i · a_max(i) · s_i, where s_i is 0 for a token of a function word or a mark, and 1 for another."""
    import numpy as np

    found: Floats = entropies * attention * np.asarray(content, dtype=float)
    return found


def first_above(scores: Floats, threshold: float) -> int | None:
    """The first i with S_i > threshold; None where there is none."""
    return next((place for place, score in enumerate(scores) if score > threshold), None)


def content_tokens(text: str, tokens: Sequence[Span]) -> list[bool]:
    """For each token whether it stands in a content word; a piece of a word counts as the word.

    Args:
        text: What was written.
        tokens: The offsets of each token in it.
    """
    words = content_words(text, 0, len(text))
    return [any(start < to and end > begin for begin, to in words) for start, end in tokens]


def content_words(text: str, start: int, end: int) -> list[Span]:
    """The offsets of the content words between two offsets of a text."""
    return [found.span() for found in _WORD.finditer(text, start, end) if is_content(found[0])]


def formulate(text: str, words: Sequence[Span], tokens: Sequence[Span], weights: Floats, most: int) -> list[str]:
    """The words that a token attends to most, in the order of the text (QFS).

    A word has the sum of the weights of its tokens; one that stands several times counts where it has most.

    Args:
        text: Prompt and text in one.
        words: The offsets of the words that may be chosen.
        tokens: The offsets of each token.
        weights: How much the token attends to each of them.
        most: How many words to choose.
    """
    found: dict[str, tuple[float, int, str]] = {}
    for start, end in words:
        weight = sum(
            float(weights[place])
            for place, (begin, to) in enumerate(tokens)
            if begin < end and to > start and begin < to
        )
        word = text[start:end]
        if word.casefold() not in found or weight > found[word.casefold()][0]:
            found[word.casefold()] = (weight, start, word)
    chosen = sorted(found.values(), key=lambda one: (-one[0], one[1]))[:most]
    return [word for _, _, word in sorted(chosen, key=lambda one: one[1])]
