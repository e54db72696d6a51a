"""``number.grow``: a whole number times a factor."""

from __future__ import annotations

from pydantic import Field

from ragkit.component import Component, Parameters
from ragkit.errors import UsageError
from ragkit.types import Result


class Grow(Component):
    """Multiplies a whole number, up to a most: how a loop asks for more and more.

    Use it for ``next`` of a ``flow.loop`` whose rounds take k, 2k, 4k … passages: each round costs as much as all
    before it together, so that the last one, which answers, is at least half of what was spent
    (``pipelines/methods/pathway-k.yaml``). Fractions are cut off, and it grows by at least 1, up to ``most``.

    Cost: none. Shape: a whole number in, a whole number out.

    Source: the geometric growth of Pathway's adaptive RAG (its developer documentation, "Adaptive RAG").

    Errors: a number below 1.

    YAML::

        steps:
          many: {use: number.grow, value: {value: 4}, factor: 3}
          found: {use: retrieve.hybrid, k: {from: many}}
        output: found

    Python::

        from ragkit.components.number.grow import Grow

        grow = Grow(Grow.Params(factor=1.5, most=10))
        assert [grow.run(k).value for k in (1, 4, 9, 10)] == [2, 6, 10, 10]
    """

    class Params(Parameters):
        """Parameters of ``number.grow``."""

        factor: float = Field(2.0, gt=1, le=1000, description="what it is multiplied by")
        most: int = Field(1_000_000, ge=1, description="it grows no further than this")

    params: Params

    def run(self, value: int) -> Result[int]:
        """Grows the number."""
        if value < 1:
            raise UsageError(f"number.grow was given {value}; a number from 1 on is expected")
        return Result(min(self.params.most, max(value + 1, int(value * self.params.factor))))
