"""The spans of a trace as the tree they were: under a flow step its rounds, elements or branch, and their steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ragkit.trace.model import Span, Trace

_ROUND = re.compile(r"#(\d+)$")
_ELEMENT = re.compile(r"\[(\d+)\]$")


@dataclass(slots=True)
class Group:
    """What one execution of a flow's body did: ``number`` is the round or the element, from 1; ``item`` its element."""

    kind: Literal["round", "element", "branch", "file"]
    number: int
    label: str = ""
    item: Any = None
    branches: list[Branch] = field(default_factory=list)


@dataclass(slots=True)
class Branch:
    """One span and what ran inside it."""

    span: Span
    groups: list[Group] = field(default_factory=list)


def tree(trace: Trace) -> list[Branch]:
    """The spans at the top of the trace, in the order in which they started."""
    branches = {span.index: Branch(span) for span in trace.spans}
    top: list[Branch] = []
    for span in sorted(trace.spans, key=lambda span: span.index):
        outer = branches.get(span.parent) if span.parent is not None else None
        if outer is None or outer.span is span:
            top.append(branches[span.index])
        else:
            _group_of(outer, span).branches.append(branches[span.index])
    for branch in branches.values():
        branch.groups.sort(key=lambda group: group.number)
    return top


def _group_of(outer: Branch, span: Span) -> Group:
    found = _group(outer.span, span.frame)
    for group in outer.groups:
        if (group.kind, group.number) == (found.kind, found.number):
            return group
    outer.groups.append(found)
    return found


def _group(outer: Span, frame: str) -> Group:
    """The group that a frame inside a flow step belongs to: ``ask#2`` is a round, ``each[0]`` an element."""
    part = frame[len(outer.frame) :]
    if (found := _ROUND.search(part)) is not None:
        return Group("round", int(found.group(1)))
    if (found := _ELEMENT.search(part)) is not None:
        index = int(found.group(1))
        over = outer.inputs.get("over")
        inside = isinstance(over, Sequence) and index < len(over)
        return Group("element", index + 1, item=over[index] if inside else None)  # type: ignore[index]
    if outer.use == "flow.route":
        label = outer.decision.label if outer.decision is not None else str(outer.outputs.get("label", ""))
        return Group("branch", 1, label or "")
    return Group("file", 1)
