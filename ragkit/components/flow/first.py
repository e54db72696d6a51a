"""``flow.first``: the first value that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ragkit.component import FlowComponent, FlowKey


class First(FlowComponent):
    """Hands on the first of several references that is not nothing: where optional steps meet again.

    All have the same type. Port: ``output``; nothing when all are missing.
    """

    keys: ClassVar[Mapping[str, FlowKey]] = {
        "of": FlowKey("references", True, "the references, the preferred one first"),
    }
