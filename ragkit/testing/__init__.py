"""Fakes for tests of pipelines and of components: they behave like the real thing, cost nothing and need no network.

``ScriptedLM`` answers from a list or a rule; ``in_process`` puts it behind a model string, ``FakeScope`` behind one
component; ``ChatServer`` says the same over HTTP. Everything is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.lm.registry import in_process
    from ragkit.testing.chat_server import ChatServer
    from ragkit.testing.fake_scope import FakeScope
    from ragkit.testing.script import Asked, Fault, Said
    from ragkit.testing.scripted_lm import ScriptedLM

_PLACES = {
    "Asked": "ragkit.testing.script",
    "ChatServer": "ragkit.testing.chat_server",
    "FakeScope": "ragkit.testing.fake_scope",
    "Fault": "ragkit.testing.script",
    "Said": "ragkit.testing.script",
    "ScriptedLM": "ragkit.testing.scripted_lm",
    "in_process": "ragkit.lm.registry",
}
__all__ = ["Asked", "ChatServer", "FakeScope", "Fault", "Said", "ScriptedLM", "in_process"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
