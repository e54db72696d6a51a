"""Which LM stands behind a model string: one engine for each, shared by the whole process."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ragkit.errors import LMError
from ragkit.lm.quiet import quiet_libraries
from ragkit.spec.plan import Model, with_fallbacks

if TYPE_CHECKING:
    from ragkit.lm.engine import Engine
    from ragkit.lm.lm import LM

_LOCK = threading.Lock()
_ENGINES: dict[tuple[Model, tuple[str | None, ...]], Engine] = {}
_HERE: dict[str, Any] = {}
_GIVEN = 64
"""Requests at a time at an LM that a program brings itself: its owner limits it."""


def wrapped(lm: Any) -> LM:
    """An LM whose requests go through ragkit to this ``dspy.LM``; its settings are taken over."""
    quiet_libraries()
    from ragkit.lm.engine import Engine
    from ragkit.lm.lm import LM
    from ragkit.lm.provider import CONNECTION, Provider

    if isinstance(lm, LM):
        return lm
    engine = Engine(Model(lm.model, retries=0, concurrency=_GIVEN), Provider(lm, repr(lm.model)))
    return LM(engine, **{name: value for name, value in lm.kwargs.items() if name not in CONNECTION})


def open_lm(model: Model) -> LM:
    """A new LM over the model's engine; its settings are its own.

    Raises:
        LMError: DSPy does not take the model string or its settings.
    """
    quiet_libraries()
    import dspy

    from ragkit.lm.lm import LM
    from ragkit.lm.retry import first_line

    with _LOCK:
        engine = _engine(model)
    settings = {"temperature": model.temperature, "max_tokens": model.max_tokens}
    given = {name: value for name, value in settings.items() if value is not None}
    try:
        return LM(engine, **given)
    except (dspy.LMError, ValueError, TypeError) as error:
        raise LMError(f"DSPy does not take the LM {model.model!r} with {given}: {first_line(error)}") from error


def _engine(model: Model) -> Engine:
    from ragkit.lm.engine import Engine
    from ragkit.lm.provider import Provider

    here = _HERE.get(model.model)
    keys = tuple(os.environ.get(one.api_key_env) if one.api_key_env else None for one in with_fallbacks(model))
    if here is None and (model, keys) in _ENGINES:
        return _ENGINES[model, keys]
    fallback = None if model.fallback is None else _engine(model.fallback)
    if here is not None:
        return Engine(model, Provider(here, repr(model.model), declared=model.price), fallback)
    engine = Engine(model, Provider.of(model), fallback)
    if not any(one.model in _HERE for one in with_fallbacks(model)):
        _ENGINES[model, keys] = engine
    return engine


@contextlib.contextmanager
def in_process(model: str, lm: Any) -> Iterator[Any]:
    """While the block runs, the model string means this ``dspy.LM``; for tests and for models that run in Python.

    Args:
        model: What files write under ``lm``: ``scripted/writer``.
        lm: Any ``dspy.LM``, for example a ``ragkit.testing.ScriptedLM``.
    """
    with _LOCK:
        before = _HERE.get(model)
        _HERE[model] = lm
    try:
        yield lm
    finally:
        with _LOCK:
            if before is None:
                del _HERE[model]
            else:
                _HERE[model] = before
