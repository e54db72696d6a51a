"""Citations by number in what an LM wrote: which passages they mean, and which there are not."""

from __future__ import annotations

import re

from ragkit.types import Citation, Passages

_ONE = r"\d+(?:\s*[-–]\s*\d+)?"
_CITED = re.compile(rf"(?<![ \t])[ \t]*\[({_ONE}(?:\s*[,;]\s*{_ONE})*)\]")
_RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
_PLAIN = re.compile(r"[\d,\s]+")
_DIGITS = 9
"""No passage has a number of more digits; Python refuses to read very long ones."""


def cited(text: str, passages: Passages) -> tuple[str, tuple[Citation, ...], tuple[str, ...]]:
    """A text with its citations checked: the text without numbers that no passage has, its citations, warnings.

    ``[1-3]`` and ``[1; 2]`` are read and written as ``[1, 2, 3]`` and ``[1, 2]``.
    """
    found: dict[int, None] = {}
    missing: dict[str, None] = {}

    def check(match: re.Match[str]) -> str:
        there: list[int] = []
        whole = True
        for one in _RANGE.finditer(match[1]):
            first, last = _number(one[1]), _number(one[2] or one[1])
            known = range(max(first, 1), min(last, len(passages)) + 1)
            there += known
            if last - first + 1 != len(known) or not known:
                whole = False
                missing[_shown(one[0])] = None
        found.update(dict.fromkeys(there))
        if whole and _PLAIN.fullmatch(match[1]):
            return match[0]
        written = f"[{', '.join(map(str, dict.fromkeys(there)))}]" if there else ""
        return match[0].replace(f"[{match[1]}]", written) if whole else f" {written}".rstrip()

    checked = _CITED.sub(check, text).strip()
    citations = tuple(Citation(number, passages[number - 1].id, passages[number - 1].doc_id) for number in found)
    if not missing:
        return checked, citations, ()
    named = ", ".join(f"[{number}]" for number in missing)
    return checked, citations, (f"the LM cited {named}, and there are {len(passages)} passages: taken out",)


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS


def _shown(number: str) -> str:
    return number if len(number) <= 2 * _DIGITS else f"{number[:_DIGITS]}…"
