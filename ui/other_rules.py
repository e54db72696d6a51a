"""What other selectors would have kept of the passages that one was given, each with its defaults."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from ragkit.errors import RagkitError
from ragkit.trace.model import Span
from ragkit.types import Passages, Result

_ROLE = "select."


@dataclass(frozen=True, slots=True)
class Other:
    """What a selector would have kept, and why; ``kept`` is None where it cannot say, ``why`` then tells the reason."""

    use: str
    kept: int | None
    why: str


def others(span: Span) -> list[Other]:
    """The other selectors that need nothing but a list, on the list that this one was given; none for other steps."""
    given = next((value for value in span.inputs.values() if isinstance(value, Passages)), None)
    if not span.use.startswith(_ROLE) or given is None or len(given) == 0:
        return []
    return [_ask(use, made, given) for use, made in _selectors().items() if use != span.use]


def _ask(use: str, made: Any, given: Passages) -> Other:
    try:
        result: Result[Passages] = made.run(given)
    except RagkitError as error:
        return Other(use, None, error.message)
    return Other(use, len(result.value), "" if result.decision is None else result.decision.reason)


@cache
def _selectors() -> dict[str, Any]:
    """Every selector whose parameters all have defaults that agree, and which reads a list of passages alone."""
    from ragkit.components.catalogue import Catalogue

    catalogue = Catalogue()
    found = {}
    for use in catalogue.names():
        if not use.startswith(_ROLE):
            continue
        component: Any = catalogue.get(use)
        if list(inspect.signature(component.run).parameters) != ["self", "passages"]:
            continue
        try:
            params = component.Params()
        except ValidationError:  # something that only a pipeline can say, as a trained file
            continue
        if component.check(params) is None:
            found[use] = component(params)
    return found
