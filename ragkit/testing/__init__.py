"""Fakes for tests of pipelines and of components: they behave like the real thing, cost nothing and need no network.

``ScriptedLM`` is a language model that answers from a list or a rule, ``ChatServer`` the same over HTTP; ``Pupil`` is
a rule for both that answers better when it is told or shown more. ``FakeReader`` is a corpus of five notes whose
encoder counts words. ``FakeScope`` hands them to one component, ``opened`` to a pipeline that is written as a text;
``in_process`` puts an LM behind a model string. Everything is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.lm.registry import in_process
    from ragkit.testing.chat_server import ChatServer
    from ragkit.testing.fake_reader import FakeReader
    from ragkit.testing.fake_scope import FakeScope
    from ragkit.testing.from_text import opened
    from ragkit.testing.pupil import Pupil
    from ragkit.testing.script import Asked, Fault, Said
    from ragkit.testing.scripted_lm import ScriptedLM

_PLACES = {
    "Asked": "ragkit.testing.script",
    "ChatServer": "ragkit.testing.chat_server",
    "FakeReader": "ragkit.testing.fake_reader",
    "FakeScope": "ragkit.testing.fake_scope",
    "Fault": "ragkit.testing.script",
    "Pupil": "ragkit.testing.pupil",
    "Said": "ragkit.testing.script",
    "ScriptedLM": "ragkit.testing.scripted_lm",
    "in_process": "ragkit.lm.registry",
    "opened": "ragkit.testing.from_text",
}
__all__ = [
    "Asked",
    "ChatServer",
    "FakeReader",
    "FakeScope",
    "Fault",
    "Pupil",
    "Said",
    "ScriptedLM",
    "in_process",
    "opened",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)
