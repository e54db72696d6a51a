"""A graph as an indented tree: each step with its component, its parameters and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragkit.spec.graph.labels import bounds, parameters, printable, short


def text(description: Mapping[str, Any]) -> str:
    """The tree, one line a step, in the order in which steps can run."""
    graph = description["graph"]
    head = description["name"]
    if description.get("description"):
        head += f": {' '.join(description['description'].split())}"
    rows = list(_graph(graph, "", {}))
    width = max((len(name) for name, _ in rows), default=0)
    lines = [head, *(f"{name:<{width}}  {rest}".rstrip() for name, rest in rows)]
    lines += [f"note: {note}" for note in description.get("notes", ())]
    return "\n".join(map(printable, lines))


def _graph(graph: Mapping[str, Any], indent: str, following: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Rows of two columns: the branches of the tree with names, and what is said of them."""
    for node in graph["nodes"]:
        yield f"{indent}├─ {node['name']}", _told(node)
        inner = f"{indent}│  "
        for branch in node["graphs"]:
            if "label" in branch:
                last = branch is node["graphs"][-1]
                yield f"{inner}{'└─' if last else '├─'} [{branch['label']}]", ""
                yield from _graph(branch, f"{inner}{' ' if last else '│'}  ", {})
            else:
                yield from _graph(branch, inner, (node["flow"] or {}).get("next", {}))
    for name, source in following.items():
        yield f"{indent}├─ ↻ {name}", f"← {source['text']}"
    yield f"{indent}└─ output", f"← {_outputs(graph)}"


def _told(node: Mapping[str, Any]) -> str:
    parts = [node["use"], ", ".join(bounds(node)), " ".join(parameters(node))]
    if node["when"]:
        parts.append(f"when {node['when']}")
    reads = [f"{_prefix(node, port)}{_reading(given)}" for port, given in node["inputs"].items()]
    if reads:
        parts.append("← " + ", ".join(reads))
    return "  ".join(filter(None, parts))


def _prefix(node: Mapping[str, Any], port: str) -> str:
    return "" if len(node["inputs"]) == 1 or port == "question" else f"{port}: "


def _reading(given: Any) -> str:
    if isinstance(given, Sequence):
        return f"[{', '.join(map(_reading, given))}]"
    return str(given["text"]) if "from" in given else short(repr(given["value"]), 40)


def _outputs(graph: Mapping[str, Any]) -> str:
    named = graph["output"]
    if len(named) == 1:
        return str(next(iter(named.values()))["text"])
    return ", ".join(f"{name}: {source['text']}" for name, source in named.items())
