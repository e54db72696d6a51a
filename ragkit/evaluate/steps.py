"""What each step of a run handed on: the passages of its last execution, read from the trace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ragkit.trace.model import Span, Trace
from ragkit.types import Passage, Passages

_PASSAGES = re.compile(r"(list\[)*Passage\]*")
_RAN = ("ok", "cached")


def step_passages(trace: Trace) -> dict[str, Passages]:
    """The passages that each step handed on, by the step's path, in the order in which the steps first ran.

    A step hands on the first of its ports that carries passages: a list of them, or a list of such lists, which is
    joined in order. Of a step that ran several times the last execution counts: of a loop's rounds the last in which it
    ran, and inside a ``flow.map`` the last execution for each element, joined in the order of the elements. A step that
    was skipped in all of them, or failed, is not there.
    """
    ports = passage_ports(trace.graph)
    found: dict[str, Passages] = {}
    for step, spans in last_executions(trace, ports).items():
        lists = [span.outputs[ports[step]] for span in spans if ports[step] in span.outputs]
        whole = len(lists) == 1 and isinstance(lists[0], Passages)
        if lists:
            found[step] = lists[0] if whole else Passages(passage for each in lists for passage in _flat(each))
    return found


def last_executions(trace: Trace, steps: Iterable[str]) -> dict[str, list[Span]]:
    """The executions of each step that count, as ``step_passages`` says; more than one only inside a ``flow.map``."""
    wanted = set(steps)
    ran: dict[str, list[Span]] = {}
    for span in trace.spans:
        if span.step in wanted and span.status in _RAN:
            ran.setdefault(span.step, []).append(span)
    return {step: _last([(span.frame.split("/"), span) for span in spans]) for step, spans in ran.items()}


def passage_ports(graph: Mapping[str, Any] | None) -> dict[str, str]:
    """For each step of a declared graph (``ragkit.spec.describe``) that hands on passages, the port with them."""
    ports: dict[str, str] = {}
    for node in nodes(graph):
        for port in node["outputs"]:
            if _PASSAGES.fullmatch(port["type"]):
                ports.setdefault(node["path"], port["name"])
    return ports


def gives_answer(graph: Mapping[str, Any] | None) -> bool:
    """True where the pipeline's output has a port of type Answer, and not only passages."""
    if graph is None:
        return False
    types = {(node["path"], port["name"]): port["type"] for node in nodes(graph) for port in node["outputs"]}
    output = graph["graph"]["output"].values()
    return any(types.get((source["from"], source["port"])) == "Answer" for source in output)


def nodes(graph: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Every step of a declared graph, those inside flow steps too."""
    inside = [] if graph is None else [graph["graph"]]
    while inside:
        each = inside.pop()
        for node in each["nodes"]:
            yield node
            inside.extend(node["graphs"])


def owners(lists: Iterable[Iterable[Passage]]) -> dict[str, str]:
    """The document of each passage id, which tells what merged passages are made of; empty where none is merged."""
    passages = [passage for each in lists for passage in each]
    if not any(passage.parts for passage in passages):
        return {}
    return {passage.id: passage.doc_id for passage in passages}


def _last(executions: list[tuple[list[str], Span]], depth: int = 0) -> list[Span]:
    """The executions that count, of those that agree in the first ``depth`` parts of their frames."""
    if depth == len(executions[0][0]) or executions[0][0] == [""]:
        return [executions[-1][1]]
    groups: dict[int, list[tuple[list[str], Span]]] = {}
    for frame, span in executions:
        groups.setdefault(_number(frame[depth]), []).append((frame, span))
    if "#" in executions[0][0][depth]:
        return _last(groups[max(groups)], depth + 1)
    return [span for number in sorted(groups) for span in _last(groups[number], depth + 1)]


def _number(part: str) -> int:
    """The element of ``each[2]`` or the round of ``ask#1``."""
    return int(part.rpartition("#")[2]) if "#" in part else int(part.rpartition("[")[2][:-1])


def _flat(value: Any) -> Iterator[Passage]:
    if isinstance(value, Passage):
        yield value
    elif value is not None:
        for each in value:
            yield from _flat(each)
