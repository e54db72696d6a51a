"""Bigger units: stretches of a document made of consecutive passages, and the passage that each becomes.

A list of passages is read as **hits**, each a range of the index's passages of one document. A component decides which
ranges they become (**units**), and ``climb`` makes the list of them. What is the same for all:

* A unit stands where the first of its hits stood, and so the order of the list stays.
* It has every score that one of its hits has, of several values the highest: "cosine" is then that of its best part.
* Its text is the document's own, without a gap and without the overlap of windows: ``start`` and ``end`` are true
  offsets. Its tokens are counted anew. ``parts`` lists the passages that it was made from.
* A unit that is no bigger than its hit is that hit, untouched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.components.indexed import number_by_id
from ragkit.types import Passage, Passages

if TYPE_CHECKING:
    from ragkit.corpus.reader import Reader


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage of the list at place ``rank`` (from 0), and the passages of the index that it is made of."""

    rank: int
    passage: Passage
    first: int
    last: int


@dataclass(slots=True)
class Unit:
    """Passages ``first`` to ``last`` of the index, all of one document, and the hits that lie in them."""

    first: int
    last: int
    hits: list[Hit] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many passages of the index it holds."""
        return self.last - self.first + 1

    @property
    def grown(self) -> bool:
        """True when it is more than any of its hits."""
        return all((hit.first, hit.last) != (self.first, self.last) for hit in self.hits)


def find_hits(passages: Sequence[Passage], reader: Reader) -> tuple[list[Hit], list[Hit], tuple[str, ...]]:
    """Where the passages stand in the index.

    Returns:
        The hits; the passages that the index does not hold, as hits with ``first`` -1; and a warning about these.
    """
    hits, foreign = [], []
    for rank, passage in enumerate(passages):
        numbers = sorted(n for id in passage.parts or (passage.id,) if (n := number_by_id(id, reader)) is not None)
        unbroken = bool(numbers) and numbers[-1] - numbers[0] + 1 == len(numbers)
        if unbroken and {p.doc_id for p in reader.passages([numbers[0], numbers[-1]])} == {passage.doc_id}:
            hits.append(Hit(rank, passage, numbers[0], numbers[-1]))
        else:
            foreign.append(Hit(rank, passage, -1, -1))
    if not foreign:
        return hits, foreign, ()
    some = "1 passage does" if len(foreign) == 1 else f"{len(foreign)} passages do"
    return hits, foreign, (f"{some} not stand in the index of corpus {reader.name!r}, and stayed as they are",)


def by_document(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """The hits of each document, in the order of the list."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.passage.doc_id, []).append(hit)
    return groups


def parent_range(number: int, reader: Reader) -> tuple[int, int]:
    """The passages that have the same parent as this one; the whole document where that is its parent."""
    passage = reader.passages([number])[0]
    first, last = document_range(passage.doc_id, reader)
    if passage.parent in (None, passage.doc_id):
        return first, last
    start = end = number
    while start > first and reader.passages([start - 1])[0].parent == passage.parent:
        start -= 1
    while end < last and reader.passages([end + 1])[0].parent == passage.parent:
        end += 1
    return start, end


def document_range(doc_id: str, reader: Reader) -> tuple[int, int]:
    """The first and the last passage of a document."""
    document = reader.document(doc_id)
    return int(document["first"]), int(document["first"]) + int(document["count"]) - 1


def joined(ranges: Iterable[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Ranges in rising order, those joined between which at most ``gap`` numbers are missing; -1: that share one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first - found[-1][1] - 1 <= gap:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def units_of(ranges: Iterable[tuple[int, int]], hits: Sequence[Hit]) -> list[Unit]:
    """A unit for each range, with the hits that lie in it."""
    units = [Unit(first, last) for first, last in ranges]
    for unit in units:
        unit.hits = [hit for hit in hits if unit.first <= hit.first and hit.last <= unit.last]
    return [unit for unit in units if unit.hits]


def fits(unit: Unit, max_tokens: int | None, reader: Reader) -> bool:
    """True where a unit has at most so many tokens; its passages' own counts, which are never too low, come first."""
    if max_tokens is None or not unit.grown:
        return True
    pieces = reader.passages(range(unit.first, unit.last + 1))
    if sum(piece.tokens or 0 for piece in pieces) <= max_tokens:
        return True
    return (merged(unit, reader).tokens or 0) <= max_tokens


def told_too_long(units: Sequence[Unit], max_tokens: int | None, reader: Reader) -> tuple[str, ...]:
    """A warning about units that were not climbed to."""
    if not units:
        return ()
    named = ", ".join(repr(merged(unit, reader).id) for unit in units[:3]) + (", …" if len(units) > 3 else "")
    some = "1 unit has" if len(units) == 1 else f"{len(units)} units have"
    return (f"{some} more than {max_tokens} tokens ('max_tokens') and stayed in passages: {named}",)


def climb(units: Iterable[Unit], foreign: Iterable[Hit], ranked_by: str | None, reader: Reader) -> Passages:
    """The list of the units, and of the passages that are in no unit, in the order of their first hits."""
    placed = {hit.rank: hit.passage for hit in foreign}
    for unit in units:
        same = [hit.passage for hit in unit.hits if (hit.first, hit.last) == (unit.first, unit.last)]
        passage = same[0] if same else merged(unit, reader)
        scores = _best(hit.passage.scores for hit in unit.hits)
        placed[min(hit.rank for hit in unit.hits)] = (
            passage if passage.scores == scores else passage.with_scores(scores)
        )
    return Passages([placed[rank] for rank in sorted(placed)], ranked_by)


def merged(unit: Unit, reader: Reader) -> Passage:
    """The passages of a unit as one, without scores. Its id is that of the parent which it is the whole of, if any."""
    from ragkit.corpus.documents import passage_text

    pieces = reader.passages(range(unit.first, unit.last + 1))
    head, tail = pieces[0], pieces[-1]
    document = reader.document(head.doc_id)
    parents = {piece.parent for piece in pieces}
    section = head.parent if len(parents) == 1 and head.parent != head.doc_id else None
    if (unit.first, unit.last) == document_range(head.doc_id, reader):
        identity, parent = head.doc_id, None
    elif section is not None and (unit.first, unit.last) == parent_range(unit.first, reader):
        identity, parent = section, head.doc_id
    else:
        identity, parent = f"{head.doc_id}#{head.ordinal}-{tail.ordinal}", section or head.doc_id
    start = min(piece.start or 0 for piece in pieces)
    end = max(piece.end or 0 for piece in pieces)
    text = document["text"][start:end]
    made_from = dict.fromkeys([*(p.id for p in pieces), *(hit.passage.id for hit in unit.hits)])
    return Passage(
        identity,
        head.doc_id,
        head.title,
        text,
        tokens=reader.count_tokens([passage_text(head.title, text)])[0],
        start=start,
        end=end,
        ordinal=head.ordinal,
        parent=parent,
        previous=head.previous,
        next=tail.next,
        metadata=_metadata(pieces),
        parts=tuple(made_from),
    )


def _metadata(pieces: Sequence[Passage]) -> Mapping[str, Any]:
    """What all pieces say alike; of headings the path that they share, of pages the first and the last."""
    common = {
        key: value for key, value in pieces[0].metadata.items() if all(p.metadata.get(key) == value for p in pieces)
    }
    paths = [piece.metadata.get("headings", []) for piece in pieces]
    if any(paths):
        shared = [steps[0] for steps in zip(*paths, strict=False)]
        while shared and any(path[: len(shared)] != shared for path in paths):
            shared.pop()
        common["headings"] = shared
    if all("page" in piece.metadata for piece in pieces):
        common["page"] = min(piece.metadata["page"] for piece in pieces)
        common["page_last"] = max(piece.metadata["page_last"] for piece in pieces)
    return common


def _best(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    best: dict[str, float] = {}
    for some in scores:
        for name, value in some.items():
            best[name] = max(value, best.get(name, value))
    return best
