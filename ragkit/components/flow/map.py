"""``flow.map``: the same steps for each element of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ragkit.component import FlowComponent, FlowKey


class Map(FlowComponent):
    """Runs its steps once for each element of a list, side by side: the branching pattern of Modular RAG.

    Inside, ``item`` is the element. The order of the list is kept; an empty list gives an empty list; a list longer
    than ``max_items`` is cut, with a warning. An element whose output is nothing is left out. Port: ``output``, the
    list of the elements' outputs.

    Source: Modular RAG (arXiv 2407.21059), branching pattern, Section V-C.
    """

    keys: ClassVar[Mapping[str, FlowKey]] = {
        "over": FlowKey("reference", True, "the list"),
        "max_items": FlowKey("count", True, "the most elements that are run; the rest is cut with a warning"),
        "steps": FlowKey("steps", True, "the steps for one element, which they read as `item`"),
        "output": FlowKey("source", True, "what one element gives: a step of these steps, or step.port"),
    }
