"""Scalars: variables filled in, then read by the core schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.nodes import Node
from ragkit.spec.reading.interpolate import Expansion, expand
from ragkit.spec.reading.lexical import Places
from ragkit.spec.reading.scalars import resolve

_SURROGATE = re.compile("[\ud800-\udfff]")
HALF_CHARACTER = 'half of a surrogate pair, which is no character; write the whole one, such as "\\U0001F600"'


class LiteralReader:
    """Makes nodes of scalars.

    Args:
        places: The text that the scalars stand in.
        diagnostics: Where findings go.
        env: What variables hold.
    """

    def __init__(self, places: Places, diagnostics: Diagnostics, env: Mapping[str, str]) -> None:
        self._places = places
        self._diagnostics = diagnostics
        self._env = env

    def read(self, written: str, where: str, start: int, end: int, *, quoted: bool) -> Node:
        """The node of a scalar.

        A plain scalar is read by the core schema, also where it is wholly one ``${…}``; text with a variable in it, and
        a scalar in quotes or a block, stays text.

        Args:
            written: What it says, quotes and escapes resolved.
            where: Its place in the document.
            start: The offset where it begins.
            end: The offset behind it.
            quoted: It is no plain scalar.
        """
        position = self._places.at(start)
        written = joined(written)
        expansion = expand(written, self._env)
        self._report(expansion, written, where, start, end)
        value: Any = expansion.text
        broken = bool(expansion.problems)
        if not quoted and not broken and (expansion.whole or "$" not in written):
            try:
                value = resolve(expansion.text)
            except OverflowError as error:
                self._diagnostics.add(position, where, f"found {error}", code="number-too-large")
                broken = True
        if is_half_character(expansion.text):
            self._diagnostics.add(position, where, HALF_CHARACTER, code="bad-escape")
            broken = True
        return Node(
            kind="scalar",
            value=None if broken else value,
            position=position,
            text="" if broken else expansion.text,
            written=written,
            quoted=quoted,
            variables=tuple(dict.fromkeys(name for name, _ in expansion.values)),
            broken=broken,
        )

    def _report(self, expansion: Expansion, written: str, where: str, start: int, end: int) -> None:
        for name, held in expansion.values:
            self._diagnostics.hide(held, f"${{{name}}}")
        for problem in expansion.problems:
            offset = _same_dollar(written, self._places.text[start:end], problem.offset)
            self._diagnostics.add(
                self._places.at(start + (offset or 0)),
                where,
                problem.message,
                code=problem.code,
                allowed=problem.allowed,
                nearest_to=problem.nearest_to,
                length=None if offset is None else problem.length,
            )


def joined(text: str) -> str:
    """The text with each surrogate pair made one character, as JSON writes what lies beyond U+FFFF."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def is_half_character(text: str) -> bool:
    """True when a text holds half of a surrogate pair, which no file and no model can take."""
    return _SURROGATE.search(text) is not None


def _same_dollar(value: str, source: str, offset: int) -> int | None:
    """Where the dollar sign at ``offset`` of a scalar's value stands in its source; None when that is not certain."""
    if value.count("$") != source.count("$"):
        return None
    at = -1
    for _ in range(value.count("$", 0, offset + 1)):
        at = source.index("$", at + 1)
    return at
