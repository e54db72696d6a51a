"""``order.by_document``: the passages of a document together, as they stand in it."""

from __future__ import annotations

from typing import Any

from ragkit.component import Component, Parameters
from ragkit.types import Decision, Passage, Passages, Result


class ByDocument(Component):
    """Groups passages by document and puts each group into the order of the text.

    Use it before an answer is written from several passages of the same documents: what belongs together is read
    together. Documents come in the order of their first passage in the list, so the best stays in front. The result is
    ordered by no score: select before, not after.

    Cost: O(n log n), no model. Shape: n passages in, the same n out.

    Source: order-preserving RAG (arXiv 2409.01666), Section 3, applied within each document.

    Errors: none.

    YAML::

        steps:
          found: {use: retrieve.hybrid, k: 8}
          grouped: {use: order.by_document, passages: found}
        output: grouped

    Python::

        from ragkit.components.order.by_document import ByDocument
        from ragkit.types import Passage, Passages

        end, start = Passage("x2", "x", "", "", ordinal=2), Passage("x1", "x", "", "", ordinal=1)
        found = Passages([end, Passage("y0", "y", "", ""), start])
        assert [p.id for p in ByDocument(ByDocument.Params()).run(found).value] == ["x1", "x2", "y0"]
    """

    class Params(Parameters):
        """``order.by_document`` has no parameters."""

    passthrough = "passages"

    def __init__(self, params: Params, scope: Any = None) -> None:
        super().__init__(params, scope)

    def run(self, passages: Passages) -> Result[Passages]:
        """Groups the list."""
        groups: dict[str, list[Passage]] = {}
        for passage in passages:
            groups.setdefault(passage.doc_id, []).append(passage)
        ordered = [p for group in groups.values() for p in sorted(group, key=lambda p: (p.ordinal, p.start or 0))]
        reason = f"grouped {len(ordered)} passages under {len(groups)} documents"
        return Result(Passages(ordered), Decision("order", reason, of=len(ordered)))
