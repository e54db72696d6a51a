"""Citations by number in what an LM wrote: which passages they mean, and which there are not."""

from __future__ import annotations

import re

from ragkit.types import Citation, Passages

_CITED = re.compile(r"(?<![ \t])[ \t]*\[(\d+(?:\s*[,;]\s*\d+)*)\]")


def cited(text: str, passages: Passages) -> tuple[str, tuple[Citation, ...], tuple[str, ...]]:
    """A text with its citations checked: the text without numbers that no passage has, its citations, warnings."""
    found: dict[int, None] = {}
    missing: dict[int, None] = {}

    def check(match: re.Match[str]) -> str:
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        there = [number for number in numbers if 1 <= number <= len(passages)]
        found.update(dict.fromkeys(there))
        missing.update(dict.fromkeys(number for number in numbers if number not in there))
        if len(there) == len(numbers):
            return match[0]
        return f" [{', '.join(map(str, there))}]" if there else ""

    checked = _CITED.sub(check, text).strip()
    citations = tuple(Citation(number, passages[number - 1].id, passages[number - 1].doc_id) for number in found)
    if not missing:
        return checked, citations, ()
    named = ", ".join(f"[{number}]" for number in missing)
    return checked, citations, (f"the LM cited {named}, and there are {len(passages)} passages: taken out",)
