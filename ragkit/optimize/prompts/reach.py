"""Which steps work on what another step made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Reach:
    """What lies behind each step of a declared graph (``ragkit.spec.describe``).

    A flow step reads the steps inside it, and these read all that the flow step is given; steps inside a loop come
    after each other in the next round.
    """

    def __init__(self, graph: Mapping[str, Any] | None) -> None:
        self._next: dict[str, set[str]] = {}
        if graph is not None:
            self._read(graph["graph"])

    def behind(self, path: str) -> frozenset[str]:
        """Every step that works on what this one made, directly or through others."""
        found: set[str] = set()
        ahead = [path]
        while ahead:
            for each in self._next.get(ahead.pop(), ()):
                if each not in found:
                    found.add(each)
                    ahead.append(each)
        return frozenset(found)

    def _read(self, graph: Mapping[str, Any]) -> None:
        inside = {node["path"]: [each for inner in node["graphs"] for each in _paths(inner)] for node in graph["nodes"]}
        for edge in graph["edges"]:
            for reader in (edge["to"], *inside.get(edge["to"], ())):
                self._link(edge["from"], reader)
        for node in graph["nodes"]:
            for path in inside[node["path"]]:
                self._link(path, node["path"])
                if node["use"] == "flow.loop":
                    for other in inside[node["path"]]:
                        self._link(path, other)
            for inner in node["graphs"]:
                self._read(inner)

    def _link(self, source: str, reader: str) -> None:
        self._next.setdefault(source, set()).add(reader)


def _paths(graph: Mapping[str, Any]) -> Iterator[str]:
    for node in graph["nodes"]:
        yield node["path"]
        for inner in node["graphs"]:
            yield from _paths(inner)
