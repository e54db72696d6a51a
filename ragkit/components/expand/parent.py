"""``expand.parent``: the section or the document that a passage was cut from."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.expand._units import (
    Unit,
    by_document,
    climb,
    find_hits,
    fits,
    joined,
    parent_range,
    told_too_long,
    units_of,
)  # fmt: skip
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Parent(Component):
    """Puts the bigger unit that a passage was cut from in its place: the section, or the whole document.

    Use it where small passages find well and their context answers: search sentences, read sections. What the parent is
    the corpus says (``chunks: {parent: section}``; without it, the document). Passages of one parent become one, which
    stands where the first of them stood and has the highest of each of their scores; its tokens are counted anew,
    ``parts`` lists the passages it was made from. A parent of more than ``max_tokens`` is not climbed to, which a
    warning says: its passages stay.

    Cost: no model; the text of each parent is read and its tokens counted. Shape: n passages in, at most n out.

    Source: parent-document retrieval as LangChain and LlamaIndex have it; recursive retrieval from small to big.

    Errors: no index has been built. A passage that is not in the index stays as it is, with a warning.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 10}
          whole: {use: expand.parent, passages: found, max_tokens: 2000}
          evidence: {use: select.token_budget, passages: whole, max_tokens: 6000}
        output: evidence

    Python::

        from ragkit.components.expand.parent import Parent
        from ragkit.types import Passages

        corpus = scope.corpus()                     # a scope opens the corpus of the step; the engine makes it
        hits = [corpus.passage("adaptive-k#2").scored("cosine", 0.8), corpus.passage("adaptive-k#0")]
        (note,) = Parent(Parent.Params(), scope).run(Passages(hits)).value
        assert (note.id, note.scores) == ("adaptive-k", {"cosine": 0.8})
        assert note.text == corpus.document("adaptive-k")["text"]
    """

    class Params(Parameters):
        """Parameters of ``expand.parent``."""

        max_tokens: Annotated[int | None, BINDABLE] = Field(
            4000, ge=1, description="the longest parent to climb to, in tokens of title and text; null: any"
        )

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})
    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Climbs to the parents."""
        reader = open_reader(self.scope)
        hits, foreign, warnings = find_hits(passages, reader)
        units: list[Unit] = []
        too_long: list[Unit] = []
        for group in by_document(hits).values():
            ranges = []
            for hit in group:
                (first, _), (_, last) = parent_range(hit.first, reader), parent_range(hit.last, reader)
                ranges.append((first, last))
            for unit in units_of(joined(ranges, gap=-1), group):
                if fits(unit, self.params.max_tokens, reader):
                    units.append(unit)
                else:
                    too_long.append(unit)
                    units += units_of(joined([(hit.first, hit.last) for hit in unit.hits], gap=-1), unit.hits)
        value = climb(units, foreign, passages.ranked_by, reader)
        grown = sum(unit.grown for unit in units)
        reason = f"{counted(len(passages), 'passage')} became {len(value)}, {grown} of them bigger"
        details = {"too_long": len(too_long), "max_tokens": self.params.max_tokens}
        decision = Decision("expand", reason, kept=len(value), of=len(passages), details=details)
        return Result(value, decision, (*warnings, *told_too_long(too_long, self.params.max_tokens, reader)))
