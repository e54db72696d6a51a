"""Where a component under test stands: an LM and a corpus that the test gives it."""

from __future__ import annotations

from typing import Any

from ragkit.errors import UsageError


class FakeScope:
    """What the engine would hand a step: here whatever the test says.

    Args:
        lm: A ``dspy.LM``, for example a ``ScriptedLM``.
        reader: What stands for the reader of a corpus.

    Example::

        step = Rewrite(Rewrite.Params(), FakeScope(lm=ScriptedLM([{"query": "adaptive k"}])))
        assert step.run("How does adaptive-k work?") == "adaptive k"
    """

    def __init__(self, lm: Any = None, reader: Any = None) -> None:
        self._lm = lm
        self._reader = reader

    def corpus(self) -> Any:
        """The reader."""
        if self._reader is None:
            raise UsageError("this FakeScope was made without a reader")
        return self._reader

    def lm(self) -> Any:
        """The LM, as the engine would hand it over."""
        from ragkit.lm.registry import wrapped

        if self._lm is None:
            raise UsageError("this FakeScope was made without an LM")
        return wrapped(self._lm)
