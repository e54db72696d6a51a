"""Questions that are asked twice, or nearly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ragkit.evaluate.checking.finding import Finding
from ragkit.evaluate.questions import Question

if TYPE_CHECKING:
    from ragkit.corpus.encoder.vectors import Vectors

NEAR = 0.97
"""Two questions whose vectors have this cosine are nearly the same, unless a name or a number parts them."""
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
    for number, question in enumerate(questions):
        key = (plain(question.question), question.history)
        earlier = first.setdefault(key, number)
        if earlier != number:
            yield _finding("duplicate", questions, lines, number, earlier, "is asked already as")
            continue
        close = _nearest_before(vectors, number)
        if close is None or questions[close].history != question.history:
            continue
        cosine = float(vectors[number] @ vectors[close])
        if cosine >= NEAR and key[0] != plain(questions[close].question) and not parted(question, questions[close]):
            told = f"is nearly the same (cosine {cosine:.2f}) as"
            yield _finding("near-duplicate", questions, lines, number, close, told)


def parted(left: Question, right: Question) -> bool:
    """True where the two differ in a name or a number: the same question about something else."""
    return _particulars(left.question) != _particulars(right.question)


def _particulars(text: str) -> set[str]:
    """The words with a digit or a capital, that of the first word left out unless more follow in it."""
    words = _WORD.findall(text)
    return {word for i, word in enumerate(words) if re.search(r"\d|[A-Z]", word if i else word[1:])}


def _nearest_before(vectors: Vectors, number: int) -> int | None:
    if number == 0:
        return None
    return int(np.argmax(vectors[:number] @ vectors[number]))


def _finding(
    code: str, questions: Sequence[Question], lines: Sequence[int], number: int, earlier: int, told: str
) -> Finding:
    other = questions[earlier]
    message = f"{questions[number].question!r} {told} {other.id!r} in line {lines[earlier]}"
    hint = "take one of them away" if code == "duplicate" else "take one away, unless both are meant"
    details = {"other": other.id, "other_line": lines[earlier]}
    return Finding(code, lines[number], questions[number].id, message, hint, details=details)  # type: ignore[arg-type]
