"""Documents and tokenizers for the chunkers: exact, generous, greedy and odd ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from ragkit.corpus.documents import Document
from ragkit.corpus.loaders.structure import headings_of

CountTokens = Callable[[Sequence[str]], list[int]]


def words(texts: Sequence[str]) -> list[int]:
    """A token a word."""
    return [len(text.split()) for text in texts]


def words_and_special(texts: Sequence[str]) -> list[int]:
    """A token a word, and the two that an encoder puts around."""
    return [len(text.split()) + 2 for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    """A token a character: white space counts, so neighbours cost more together than apart."""
    return [len(text) for text in texts]


def thirds(texts: Sequence[str]) -> list[int]:
    """A token for three characters: neighbours cost less together than apart."""
    return [-(-len(text) // 3) for text in texts]


def unknown_words(texts: Sequence[str]) -> list[int]:
    """A token a character, but one for a word over 20: longer text can cost less, as WordPiece's unknown words do."""
    return [sum(len(word) if len(word) <= 20 else 1 for word in text.split()) for text in texts]


TOKENIZERS: list[CountTokens] = [words, words_and_special, characters, thirds, unknown_words]

_PIECES = [
    "word", "Another one.", "Is it?", "Dr. Who said so!", "\u00a0B. ", "\n", "\n\n", "  ", "\t", "😀",
    "漢字。次。", "e\u0301", "x" * 25, "y" * 90, "## Part\n\n", "\n# Head\n", "- item\n", "1. first\n", "| a | b |\n",
    "```\ncode()\n```\n", "> quoted\n", "\u2028", "\x85", "a.b.c", "...", "3.14", "“Quoted.” ", "<b>",
    "[link](http://x.y)",
]  # fmt: skip
_filler = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)
texts = st.lists(st.sampled_from(_PIECES) | _filler, min_size=1, max_size=30).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda joint: joint.join(parts))
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document, plain or Markdown, with pages or without, with a short title or none."""
    text = draw(texts.filter(lambda text: bool(text.strip())))
    markup = draw(st.sampled_from(["plain", "markdown"]))
    headings = headings_of(text) if markup == "markdown" else ()
    title = draw(st.sampled_from(["", "A title", text]) if len(text) < 8 else st.sampled_from(["", "A title"]))
    cuts = draw(st.lists(st.integers(0, len(text)), max_size=3, unique=True).map(sorted))
    return Document("d", title, text, {"year": 2020}, "d.md", headings, (0, *cuts) if cuts and cuts[0] else (), markup)
