"""Service levels of one run: what the profile promises, and what the run came to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from ragkit.spec.plan import Plan

_SECONDS = ("p50_seconds", "p95_seconds")
_PROMISE, _UNKNOWN = "the profile {!r} promises ", "what this run came to is not known"
_USAGE = ("context_tokens", "retrieval_calls", "lm_calls", "prompt_tokens", "completion_tokens", "cost")


def broken_levels(plan: Plan, usage: Mapping[str, Any], *, single: bool) -> Iterator[str]:
    """The levels of the plan's profile that a run did not keep, each in a sentence.

    Levels are about many questions; a run is held against those that it has a number of its own for. What only
    questions with known answers can show (recall, say) is for ``ragkit eval``.

    Args:
        plan: The plan; without a profile there is nothing to keep.
        usage: The run's usage, as in its result.
        single: The run had the machine to itself: in a batch a question has no time of its own.
    """
    if plan.profile is None:
        return
    promise = _PROMISE.format(plan.profile)
    for level in plan.slo[plan.profile]:
        if level.metric in _USAGE:
            value = usage[level.metric]
        elif level.metric in _SECONDS and single:
            value = usage["seconds"]
        else:
            continue
        if value is None:
            yield f"{promise}{level}; {_UNKNOWN}"
        elif not level.holds(value):
            shown = f"{value:.3g} s" if level.metric in _SECONDS else f"{value:,.6g} {level.metric}"
            yield f"{promise}{level}; this run came to {shown}"


def standing(profile: str, warnings: Iterable[str]) -> Literal["kept", "broken", "unknown"]:
    """How a run that has ended stands to its profile, from its warnings; ``unknown`` where a number is missing."""
    told = [warning for warning in warnings if warning.startswith(_PROMISE.format(profile))]
    if all(warning.endswith(_UNKNOWN) for warning in told):
        return "unknown" if told else "kept"
    return "broken"
