"""The headings of a Markdown text, as CommonMark sees them."""

from __future__ import annotations

import functools
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from ragkit.corpus.documents import Heading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def headings_of(text: str) -> tuple[Heading, ...]:
    r"""The headings that stand at the top level of a text: none in code, in lists or in quotes.

    Args:
        text: Markdown with ``\n`` as the only line ending.
    """
    if "#" not in text and "\n=" not in text and "\n-" not in text:
        return ()
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    tokens = _parser().parse(text)
    found = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            first, last = token.map
            end = min(starts[last], len(text))
            found.append(Heading(int(token.tag[1:]), _plain(inline), starts[first], end))
    return tuple(found)


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def _plain(inline: Token) -> str:
    """A heading's words without its markup: ``The *k* of `top_k``` is ``The k of top_k``."""
    parts = []
    for child in inline.children or []:
        parts.append(" " if child.type in ("softbreak", "hardbreak") else _alt(child))
    return " ".join("".join(parts).split())


def _alt(token: Token) -> str:
    if token.type == "image":
        return "".join(_alt(child) for child in token.children or [])
    return token.content if token.type in ("text", "code_inline", "text_special") else ""
