"""``expand.neighbours``: what stands before and after."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from ragkit.component import BINDABLE, Component, Need, Parameters
from ragkit.components.expand._units import by_document, climb, document_range, find_hits, joined, units_of
from ragkit.components.opening import open_reader
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Neighbours(Component):
    """Adds to each passage those that stand before and after it in its document.

    Use it where passages are small, so that retrieval is sharp, and an answer needs what stands around them: the
    sentence that a pronoun points to, the rest of a list. Windows that share a passage become one, so no text comes
    twice. A window keeps the place of its first hit and the highest of each of its hits' scores; its text is the
    document's own from end to end, its tokens are counted anew, and ``parts`` lists what it was made from.

    Cost: no model; some microseconds a passage, and the counting of the tokens. Shape: n passages in, at most n out,
    each up to ``before + 1 + after`` passages long.

    Source: sentence-window retrieval; the small-to-big retrieval of LlamaIndex.

    Errors: no index has been built. A passage that is not in the index stays as it is, with a warning; one whose text
    was compressed is the index's own again where it grows: compress after expanding.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 5}
          around: {use: expand.neighbours, passages: found, before: 1, after: 2}
        output: around

    Python::

        from ragkit.components.expand.neighbours import Neighbours
        from ragkit.types import Passages

        corpus = scope.corpus()                     # a scope opens the corpus of the step; the engine makes it
        hit = corpus.passage("adaptive-k#1").scored("cosine", 0.8)
        (window,) = Neighbours(Neighbours.Params(before=1, after=0), scope).run(Passages([hit], "cosine")).value
        assert window.text.endswith(hit.text) and window.scores == hit.scores
        assert window.parts == ("adaptive-k#0", "adaptive-k#1")
    """

    class Params(Parameters):
        """Parameters of ``expand.neighbours``."""

        before: Annotated[int, BINDABLE] = Field(1, ge=0, le=1000, description="how many passages before each")
        after: Annotated[int, BINDABLE] = Field(1, ge=0, le=1000, description="how many passages after each")

    needs: ClassVar[frozenset[Need]] = frozenset({Need.INDEX})
    passthrough = "passages"

    params: Params

    def run(self, passages: Passages) -> Result[Passages]:
        """Expands the list."""
        reader = open_reader(self.scope)
        hits, foreign, warnings = find_hits(passages, reader)
        units = []
        for name, group in by_document(hits).items():
            first, last = document_range(name, reader)
            windows = [
                (max(first, hit.first - self.params.before), min(last, hit.last + self.params.after)) for hit in group
            ]
            units += units_of(joined(windows, gap=-1), group)
        value = climb(units, foreign, passages.ranked_by, reader)
        added = sum(unit.size for unit in units) - len({n for hit in hits for n in range(hit.first, hit.last + 1)})
        grown = sum(unit.grown for unit in units)
        reason = (
            f"{counted(len(passages), 'passage')} became {len(value)}: {grown} grew by up to "
            f"{self.params.before} before and {self.params.after} after, {counted(added, 'passage')} in all"
        )
        decision = Decision("expand", reason, kept=len(value), of=len(passages), details={"added": added})
        return Result(value, decision, warnings)
