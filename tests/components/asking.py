"""An LM step with a scripted LM, in one line."""

from __future__ import annotations

from typing import Any

from ragkit.testing import FakeScope, ScriptedLM


def step(cls: Any, *replies: Any, reader: Any = None, **parameters: Any) -> tuple[Any, ScriptedLM]:
    """The component with these parameters, and the LM that gives it these replies, one after the other."""
    lm = ScriptedLM(replies)
    return cls(cls.Params(**parameters), FakeScope(lm, reader)), lm
