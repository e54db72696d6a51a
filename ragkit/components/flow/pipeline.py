"""``flow.pipeline``: another pipeline as one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ragkit.component import FlowComponent, FlowKey


class Pipeline(FlowComponent):
    """Runs another pipeline file as one step, with ``bind`` for its inputs.

    ``path`` is relative to the file it stands in. The included file sees only its inputs (``question`` and ``history``
    are passed on unless bound) and inherits ``corpus`` and ``lm`` where it sets none. Port: ``output``.
    """

    keys: ClassVar[Mapping[str, FlowKey]] = {
        "path": FlowKey("path", True, "the pipeline file, relative to this one"),
        "bind": FlowKey("bindings", False, "for each of its inputs: a reference or {value: …}"),
    }
