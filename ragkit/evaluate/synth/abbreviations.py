"""Abbreviations that a text explains: "Adaptive Feature Transfer (AFT)".

The search for the long form is that of Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (PSB 2003): the letters of the short form are found from right to left in the words
before the parenthesis, its first one at the beginning of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_IN_PARENTHESES = re.compile(r"\(([^()\s]{2,12})\)")
_SHORT = re.compile(r"(?=[^A-Z]*[A-Z])(?=.*[A-Z].*[A-Z]|.*\d)[A-Za-z][A-Za-z0-9&/+-]*")
_BORDER = re.compile(r"[.;:!?()\[\]\"“”]\s|,\s")
_WORD = re.compile(r"\S+")
_NOT_IN_NAMES = frozenset({"the", "a", "an", "this", "these", "its", "our", "their", "we", "is", "are", "was", "were"})


class Abbreviation(NamedTuple):
    """``short`` stands for ``long``, which begins at ``start`` of the text; the bracket behind it ends at ``end``."""

    short: str
    long: str
    start: int
    end: int


def abbreviations(text: str) -> Iterator[Abbreviation]:
    """The abbreviations that a text explains, in its order. A plural s of both forms is left out of the short one."""
    for match in _IN_PARENTHESES.finditer(text):
        short = match[1]
        plural = short.endswith("s") and short[:-1].isupper()
        letters = short[:-1] if plural else short
        if not _SHORT.fullmatch(letters):
            continue
        start = _long_form(letters, text, match.start())
        if start is None:
            continue
        long = text[start : match.start()].rstrip()
        if letters.lower() not in long.lower().split():
            yield Abbreviation(letters, long, start, match.end())


def _long_form(short: str, text: str, end: int) -> int | None:
    """Where the long form begins; None where the words before the parenthesis do not hold the letters in order."""
    most = min(len(short) + 5, 2 * len(short))
    floor = max((found.end() for found in _BORDER.finditer(text, 0, end)), default=0)
    words = list(_WORD.finditer(text, floor, end))[-most:]
    if not words:
        return None
    first, at = words[0].start(), end
    letters = [letter for letter in short.lower() if letter.isalnum()]
    for number in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= first and (
            text[at].lower() != letters[number] or (number == 0 and at > first and not _begins_word(text, at))
        ):
            at -= 1
        if at < first:
            return None
    # "mixture of experts (MoE)" begins with a word; most of its words must give a letter, or it is chance.
    long = text[at:end].split()
    initials = sum(word[0].lower() in letters for word in re.split(r"[\s/-]+", text[at:end].strip()) if word)
    return at if initials * 2 > len(long) > 1 and not _NOT_IN_NAMES & set(long) else None


def _begins_word(text: str, at: int) -> bool:
    """After a space, or as the second part of a compound: the "r" of "EpCAM-regulated", no "a" of "1-amino"."""
    return text[at - 1].isspace() or (text[at - 1] == "-" and at > 1 and text[at - 2].isalpha())
