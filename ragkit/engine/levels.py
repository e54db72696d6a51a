"""Service levels of one run: what the profile promises, and what the run came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragkit.spec.plan import Plan

_SECONDS = ("p50_seconds", "p95_seconds")
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
    for level in plan.slo[plan.profile]:
        if level.metric in _USAGE:
            value = usage[level.metric]
        elif level.metric in _SECONDS and single:
            value = usage["seconds"]
        else:
            continue
        if value is None:
            yield f"the profile {plan.profile!r} promises {level}; what this run came to is not known"
        elif not level.holds(value):
            shown = f"{value:.3g} s" if level.metric in _SECONDS else f"{value:,.6g} {level.metric}"
            yield f"the profile {plan.profile!r} promises {level}; this run came to {shown}"
