"""Fakes for tests of pipelines and of components: they behave like the real thing, cost nothing and need no network.

``ScriptedLM`` answers from a list or a rule, ``in_process`` puts it behind a model string, ``FakeScope`` behind one
component. Everything is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.lm.registry import in_process
    from ragkit.testing.scope import FakeScope
    from ragkit.testing.scripted import Asked, Fault, Said, ScriptedLM

__all__ = ["Asked", "FakeScope", "Fault", "Said", "ScriptedLM", "in_process"]


def __getattr__(name: str) -> Any:
    if name == "in_process":
        from ragkit.lm.registry import in_process

        return in_process
    if name == "FakeScope":
        from ragkit.testing.scope import FakeScope

        return FakeScope
    if name in __all__:
        from ragkit.testing import scripted

        return getattr(scripted, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
