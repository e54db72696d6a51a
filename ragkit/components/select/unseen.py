"""``select.unseen``: what is not known already."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.trace.words import counted
from ragkit.types import Decision, Passage, Passages, Result


class Unseen(Component):
    """Keeps the passages of a list that another list does not hold, in their order.

    Use it in a loop, so that a later round hands on only what the earlier ones had not found: its places then go to
    what is new. With ``by: document`` a passage also goes when the other list has another passage of its document.
    Where ``known`` is nothing, as in a first round, all are kept. A merged passage is known when all its parts are.

    Cost: O(n), no model. Shape: n passages in, those that are new out, none perhaps.

    Source: set difference; multi-step retrievers exclude what was retrieved before, such as IRCoT (arXiv 2212.10509),
    Section 3, whose collected paragraphs are a set.

    Errors: none.

    YAML::

        steps:
          first: {use: retrieve.dense, k: 5}
          more: {use: retrieve.bm25, k: 20}
          new: {use: select.unseen, passages: more, known: first}
          both: {use: fuse.union, passages: [first, new]}
        output: both

    Python::

        from ragkit.components.select.unseen import Unseen
        from ragkit.types import Passage, Passages

        a, b, c = (Passage(name, name[0], "", "") for name in ("x#0", "x#1", "y#0"))
        found, known = Passages([a, b, c]), Passages([a])
        assert [p.id for p in Unseen(Unseen.Params()).run(found, known).value] == ["x#1", "y#0"]
        assert [p.id for p in Unseen(Unseen.Params(by="document")).run(found, known).value] == ["y#0"]
    """

    class Params(Parameters):
        """Parameters of ``select.unseen``."""

        by: Literal["passage", "document"] = Field(
            "passage", description="'passage': the very passages of 'known' go; 'document': all of their documents"
        )

    passthrough = "passages"

    params: Params

    def run(self, passages: Passages, known: Passages | None = None) -> Result[Passages]:
        """Leaves out what is known."""
        before = {name for passage in known or () for name in self._names(passage)}
        kept = [passage for passage in passages if not before.issuperset(self._names(passage))]
        out = len(passages) - len(kept)
        if not before:
            why = "nothing was known before"
        else:
            things = counted(len(before), self.params.by)
            why = f"{out} stood among the {things} that are known" if out else f"none stood among the {things} known"
        decision = Decision(
            "select", f"kept {len(kept)} of {len(passages)}: {why}", kept=len(kept), of=len(passages),
            details={"by": self.params.by, "known": len(before)},
        )  # fmt: skip
        return Result(Passages(kept, passages.ranked_by), decision)

    def _names(self, passage: Passage) -> tuple[str, ...]:
        return (passage.doc_id,) if self.params.by == "document" else passage.parts or (passage.id,)
