"""At which words an LM hesitated: the tokens of a sentence word by word, and what is left without the uncertain ones.

A word is what stands between white space. Its probability is that of its least probable token, its entropy the mean of
those of its tokens. So a name that is written in four pieces is doubted, and left out of a query, as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from ragkit.components.cues import FUNCTION_WORDS
from ragkit.components.gate.methods.tokens import entropy, probability
from ragkit.errors import LMError
from ragkit.types import Token

Measure = Literal["probability", "entropy"]
Which = Literal["all", "content"]
_WORD = re.compile(r"\S+")
# Words that only ask where they stand in a question, and say something where they stand in an answer.
_FUNCTION = FUNCTION_WORDS - {"call", "called", "find", "list", "name", "please", "show", "tell"}
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that an LM wrote: ``value`` is its probability or its entropy."""

    text: str
    value: float
    content: bool

    def uncertain(self, measure: Measure, threshold: float, which: Which) -> bool:
        """Whether it is less probable than the threshold, or has more entropy; of content words only, if so wanted."""
        if which == "content" and not self.content:
            return False
        return self.value < threshold if measure == "probability" else self.value > threshold


def words_of(tokens: Sequence[Token] | None, measure: Measure) -> list[Word]:
    """The words that tokens spell, in order.

    Raises:
        LMError: The server gave no log-probabilities, or for an entropy no alternatives beside the written tokens.
    """
    if tokens is None:
        raise LMError(
            "the LM gave no log-probabilities, and this step reads them",
            hint="choose a server that gives them, or a method that does without: pipelines/methods/ircot.yaml, "
            "iter-retgen.yaml, self-rag.yaml, adaptive-note.yaml",
        )
    text = "".join(token.text for token in tokens)
    found = []
    for match in _WORD.finditer(text):
        within = [token for token, start, end in _placed(tokens) if start < match.end() and end > match.start()]
        value = min(map(probability, within)) if measure == "probability" else _mean_entropy(within)
        found.append(Word(match[0], value, is_content(match[0])))
    return found


def is_content(word: str) -> bool:
    """False for words that only join others ("the", "which"), and for marks."""
    core = _EDGES.sub("", word).casefold()
    return bool(core) and core not in _FUNCTION


def spans(words: Sequence[Word], measure: Measure, threshold: float, which: Which) -> list[str]:
    """The uncertain words, those that stand together as one text, without marks at their edges."""
    found = []
    for uncertain, group in groupby(words, lambda word: word.uncertain(measure, threshold, which)):
        if uncertain:
            found.append(_EDGES.sub("", " ".join(word.text for word in group)))
    return list(dict.fromkeys(filter(None, found)))


def certain(words: Sequence[Word], measure: Measure, threshold: float, which: Which) -> str:
    """The sentence without its uncertain words; of content words only, if so wanted."""
    kept = [
        word.text
        for word in words
        if not word.uncertain(measure, threshold, which) and (which == "all" or word.content)
    ]
    return " ".join(kept)


def _placed(tokens: Sequence[Token]) -> list[tuple[Token, int, int]]:
    """Tokens that hold more than white space, with the offsets of what is in them."""
    found, at = [], 0
    for token in tokens:
        core = token.text.strip()
        if core:
            start = at + token.text.index(core)
            found.append((token, start, start + len(core)))
        at += len(token.text)
    return found


def _mean_entropy(tokens: Sequence[Token]) -> float:
    try:
        return sum(map(entropy, tokens)) / len(tokens)
    except ValueError as error:
        raise LMError(
            f"an entropy needs the alternatives of each token, and {error}",
            hint="choose a server that gives top log-probabilities, or 'measure: probability'",
        ) from error
