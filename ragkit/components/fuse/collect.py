"""``fuse.collect``: evidence that is gathered over rounds, up to a number."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

from ragkit.component import BINDABLE, Component, Parameters
from ragkit.components.fuse._merge import pool
from ragkit.trace.words import counted
from ragkit.types import Decision, Passages, Result


class Collected(NamedTuple):
    """What ``fuse.collect`` gives: all passages, those that are new, whether there are none, whether it is full."""

    passages: Passages
    new: Passages
    stale: bool
    full: bool


class Collect(Component):
    """Adds what a round has found to what earlier rounds did, each passage once, and no more than ``most`` in all.

    Use it in a ``flow.loop`` that gathers evidence and must not grow without end: ``until: ….full`` ends the loop when
    there is no room for more, and ``failure: ….stale`` counts the rounds that found nothing new. What was there first
    stays at its place; what no longer has room is left out, as the decision says. ``fuse.union`` does the same
    without a bound.

    Cost: O(total length), no model. Shape: two lists in; all of it, and the new part, out. Ports: ``passages`` (ordered
    by no score), ``new`` (in the order in which they were found), ``stale`` (bool), ``full`` (bool).

    Source: the cap on collected paragraphs of IRCoT (arXiv 2212.10509, Section 3.1) and Adaptive-Note's ``max_top_k``
    (arXiv 2410.08821, Section 3).

    Errors: none; two different texts under one id are warned about, and the first is kept.

    YAML::

        steps:
          first: {use: retrieve.dense, k: 5}
          second: {use: retrieve.bm25, k: 5}
          all: {use: fuse.collect, seen: first, found: second, most: 8}
        output: all

    Python::

        from ragkit.components.fuse.collect import Collect
        from ragkit.types import Passage, Passages

        a, b, c = (Passage(name, name, "", "") for name in "abc")
        got = Collect(Collect.Params(most=2)).run(Passages([a]), Passages([a, b, c])).value
        assert [p.id for p in got.passages] == ["a", "b"] and [p.id for p in got.new] == ["b"] and got.full
    """

    class Params(Parameters):
        """Parameters of ``fuse.collect``."""

        most: Annotated[int, BINDABLE] = Field(15, ge=1, description="the most passages in all")

    params: Params

    def run(self, seen: Passages, found: Passages) -> Result[Collected]:
        """Adds what was found."""
        merged = pool([seen, found])
        known = {passage.id for passage in seen}
        unknown = [passage for name, passage in merged.items.items() if name not in known]
        # What is there stays, also where an earlier step gave more than there is room for.
        room = max(self.params.most - len(known), 0)
        new = unknown[:room]
        kept = Passages([merged.items[name] for name in dict.fromkeys(passage.id for passage in seen)] + new)
        left = len(unknown) - len(new)
        reason = f"{len(new)} of {counted(len(found), 'passage')} new, {len(kept)} in all, at most {self.params.most}"
        if left:
            reason += f"; no room for {left}"
        decision = Decision(
            "fuse", reason, kept=len(kept), of=len(known) + len(unknown), score=float(len(kept)),
            threshold=float(self.params.most), details={"new": len(new), "left out": left},
        )  # fmt: skip
        full = len(kept) >= self.params.most
        return Result(Collected(kept, Passages(new, found.ranked_by), not new, full), decision, tuple(merged.warnings))
