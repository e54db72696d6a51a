"""``flow.loop``: rounds until something holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ragkit.component import FlowComponent, FlowKey


class Loop(FlowComponent):
    """Runs its steps round after round: the looping pattern of Modular RAG.

    A round tests ``while``, runs ``steps``, applies ``next`` to the carried values and tests ``until``. It ends at
    ``max_rounds`` at the latest, when ``failure`` was true ``max_failures`` times, or when the budget is spent. Inside,
    carried values are read as ``carry.name``; a ``next`` that is nothing keeps the carried value. Ports: ``output`` (of
    the last round), each carried name, ``rounds`` and ``stopped`` (``until``, ``while``, ``max_rounds``,
    ``max_failures`` or ``budget``).

    Source: Modular RAG (arXiv 2407.21059), loop pattern, Section V-D.
    """

    keys: ClassVar[Mapping[str, FlowKey]] = {
        "max_rounds": FlowKey("count", True, "the most rounds"),
        "carry": FlowKey("bindings", False, "values that go from round to round, and what they are at first"),
        "steps": FlowKey("steps", True, "the steps of one round"),
        "next": FlowKey("sources", False, "for each carried name: what it is in the next round"),
        "while": FlowKey("condition", False, "tested before each round; false ends the loop"),
        "until": FlowKey("condition", False, "tested after each round; true ends the loop"),
        "failure": FlowKey("source", False, "a bool port; a round in which it is true counts towards max_failures"),
        "max_failures": FlowKey("count", False, "the most rounds in which `failure` may be true"),
        "output": FlowKey("source", True, "what the last round gives: a step of these steps, or step.port"),
    }
