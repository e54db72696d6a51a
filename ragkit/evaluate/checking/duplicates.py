"""Questions that are asked twice, or nearly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragkit.evaluate.checking.finding import Finding, quoted
from ragkit.evaluate.questions import Question

if TYPE_CHECKING:
    from ragkit.corpus.encoder.vectors import Vectors

NEAR = 0.97
"""Two questions whose vectors have this cosine are nearly the same, unless a name or a number parts them."""
_BLOCK = 256
"""Vectors that are held against all before them at once."""
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """The words of a text in lower case: what two questions are compared by."""
    return " ".join(_WORD.findall(text.lower()))


def find_duplicates(questions: Sequence[Question], lines: Sequence[int], vectors: Vectors) -> Iterator[Finding]:
    """For each question that was asked before, in its words or nearly, which one that was.

    Two with other histories are not the same question.

    Args:
        questions: In the order of the file.
        lines: The line of each.
        vectors: Their vectors, ``float32 [n, d]`` of length 1.
    """
    first: dict[tuple[str, object], int] = {}
    for number, (question, (close, cosine)) in enumerate(zip(questions, _nearest_before(vectors), strict=True)):
        key = (plain(question.question), question.history)
        earlier = first.setdefault(key, number)
        if earlier != number:
            yield _finding("duplicate", questions, lines, number, earlier, "is asked already as")
            continue
        if cosine < NEAR or questions[close].history != question.history:
            continue
        if key[0] != plain(questions[close].question) and not parted(question, questions[close]):
            told = f"is nearly the same (cosine {cosine:.2f}) as"
            yield _finding("near-duplicate", questions, lines, number, close, told)


def parted(left: Question, right: Question) -> bool:
    """True where the two differ in a name or a number: the same question about something else."""
    return _particulars(left.question) != _particulars(right.question)


def _particulars(text: str) -> set[str]:
    """The words with a digit or a capital, that of the first word left out unless more follow in it."""
    words = _WORD.findall(text)
    return {word for i, word in enumerate(words) if re.search(r"\d|[A-Z]", word if i else word[1:])}


def _nearest_before(vectors: Vectors) -> Iterator[tuple[int, float]]:
    """For each vector the number and the cosine of the nearest before it; the first has none, which is -1."""
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        cosines = block @ vectors[: start + len(block)].T
        for row, found in enumerate(cosines):
            before = found[: start + row]
            nearest = int(np.argmax(before)) if len(before) else 0
            yield nearest, float(before[nearest]) if len(before) else -1.0


def _finding(
    code: str, questions: Sequence[Question], lines: Sequence[int], number: int, earlier: int, told: str
) -> Finding:
    other = questions[earlier]
    message = f"{quoted(questions[number].question)} {told} {other.id!r} in line {lines[earlier]}"
    hint = "take one of them away" if code == "duplicate" else "take one away, unless both are meant"
    details = {"other": other.id, "other_line": lines[earlier]}
    return Finding(code, lines[number], questions[number].id, message, hint, details=details)  # type: ignore[arg-type]
