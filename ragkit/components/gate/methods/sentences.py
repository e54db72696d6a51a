"""The tokens of an answer sentence by sentence: for what watches an LM while it writes (FLARE, DRAGIN)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.types import Token


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and its tokens; ``start`` and ``end`` are its offsets in the text that all tokens spell."""

    text: str
    tokens: tuple[Token, ...]
    start: int
    end: int


def sentences_of(tokens: Sequence[Token]) -> list[Sentence]:
    """The sentences of the text that tokens spell, in order; one without a token of its own is joined to none.

    A token belongs to the sentence in which its first character stands that is no white space; one of white space
    alone belongs to the sentence before it, and is dropped before the first.
    """
    from ragkit.corpus.chunks.segmenting import sentence_spans

    text = "".join(token.text for token in tokens)
    spans = sentence_spans(text)
    of: list[list[Token]] = [[] for _ in spans]
    at = place = 0
    for token in tokens:
        lead = len(token.text) - len(token.text.lstrip())
        first = at + (lead if lead < len(token.text) else 0)
        while place + 1 < len(spans) and first >= spans[place + 1][0]:
            place += 1
        if spans and first >= spans[0][0]:
            of[place].append(token)
        at += len(token.text)
    return [
        Sentence(text[start:end], tuple(held), start, end) for (start, end), held in zip(spans, of, strict=True) if held
    ]
