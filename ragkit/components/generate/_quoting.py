"""Which sentences are quoted, in which order, and as what text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragkit.components.generate._scoring import Candidate
from ragkit.components.generate._sentences import Source
from ragkit.types import Citation

ENOUGH = 0.99
"""Quoting stops when the quoted sentences hold this much of the probability of being the one that answers."""
REDUNDANT = 0.85
"""A sentence whose vector has a higher cosine than this with a quoted one says the same again."""
NEW_TERMS = 8.0
"""What a sentence gains for terms of the question that no quoted one holds, times their share of its weight."""
LIST_GAP = 5.0
"""In a list, a document whose best sentence scores this much less than the best one is left out."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of one passage's text: one sentence, or several that follow each other."""

    source: int
    start: int
    end: int


def choose(candidates: Sequence[Candidate], sources: Sequence[Source], weights: Mapping[str, float],
           most: int) -> list[Candidate]:  # fmt: skip
    """The sentences to quote, best first: greedily the best that says something new, until they hold enough.

    Args:
        candidates: The scored sentences.
        sources: Their passages.
        weights: The question's terms.
        most: How many at most.
    """
    left = _distinct(candidates, sources)
    if not left:
        return []
    top = left[0].score
    chances = [math.exp(candidate.score - top) for candidate in left]
    total = math.fsum(chances)
    chance = {id(candidate): value / total for candidate, value in zip(left, chances, strict=True)}
    mass = sum(weights.values()) or 1.0
    chosen: list[Candidate] = []
    held = 0.0
    while left and len(chosen) < most and (not chosen or held < ENOUGH):
        seen = frozenset().union(*(candidate.terms for candidate in chosen))
        best = max(left, key=lambda c: c.score + NEW_TERMS / mass * math.fsum(weights[term] for term in c.terms - seen))
        left.remove(best)
        held += chance[id(best)]
        if not any(_same(best, other, sources) for other in chosen):
            chosen.append(best)
    return chosen


def choose_list(candidates: Sequence[Candidate], sources: Sequence[Source], most: int) -> list[Candidate]:
    """The best sentence of each document, best first, of those documents that come near the best one."""
    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: -c.score):
        best.setdefault(sources[candidate.source].passage.doc_id, candidate)
    chosen = list(best.values())
    return [candidate for candidate in chosen if candidate.score >= chosen[0].score - LIST_GAP][:most]


def arrange(chosen: Sequence[Candidate], sources: Sequence[Source]) -> list[Quote]:
    """The sentences as quotes that read well: documents in the order of their best sentence, each in its own order.

    Sentences that follow each other in one passage become one quote.
    """
    documents = list(dict.fromkeys(sources[candidate.source].passage.doc_id for candidate in chosen))

    def place(candidate: Candidate) -> tuple[int, int, int, int]:
        passage = sources[candidate.source].passage
        return documents.index(passage.doc_id), passage.ordinal, candidate.source, candidate.sentence

    quotes: list[Quote] = []
    last: Candidate | None = None
    for candidate in sorted(chosen, key=place):
        start, end = sources[candidate.source].spans[candidate.sentence]
        if last is not None and (last.source, last.sentence + 1) == (candidate.source, candidate.sentence):
            quotes[-1] = Quote(candidate.source, quotes[-1].start, end)
        else:
            quotes.append(Quote(candidate.source, start, end))
        last = candidate
    return quotes


def cite(quotes: Sequence[Quote], sources: Sequence[Source]) -> tuple[Citation, ...]:
    """A numbered citation for each quote, from 1; ``quote`` is verbatim ``text[start:end]`` of its passage."""
    return tuple(
        Citation(number, p.id, p.doc_id, p.text[quote.start : quote.end], quote.start, quote.end)
        for number, quote in enumerate(quotes, start=1)
        for p in (sources[quote.source].passage,)
    )


def write(citations: Sequence[Citation], titles: Sequence[str], as_list: bool) -> str:
    """The answer's text: quotes in quotation marks, each with its number; in a list one a line, after its title."""
    quoted = [f"“{citation.quote}” [{citation.number}]" for citation in citations]
    if not as_list:
        return " ".join(quoted)
    return "\n".join(f"- {title}: {text}" if title else f"- {text}" for title, text in zip(titles, quoted, strict=True))


def _distinct(candidates: Sequence[Candidate], sources: Sequence[Source]) -> list[Candidate]:
    """Best first, and of sentences with the same text (windows overlap) only the best."""
    found: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: -c.score):
        found.setdefault(sources[candidate.source].text(candidate.sentence), candidate)
    return list(found.values())


def _same(one: Candidate, other: Candidate, sources: Sequence[Source]) -> bool:
    left, right = (sources[c.source].vectors[c.sentence] for c in (one, other))
    return float(left @ right) > REDUNDANT
