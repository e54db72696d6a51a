"""A described graph as boxes, arrows and frames: what Mermaid, DOT and SVG have in common.

A flow step with steps of its own becomes a frame with an entry box, its steps and an exit box: whoever reads its ports
reads the exit; what a body reads as ``item``, ``carry.x`` or an input comes from the entry. A route has a frame for
each branch inside its own; a loop has an arrow back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ragkit.spec.graph.labels import bounds, parameters, short

_LINE = 40


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its title, smaller lines below, and the frame that it stands in (None: none)."""

    id: str
    title: str
    lines: tuple[str, ...]
    shape: Literal["step", "input", "output", "entry", "exit"]
    frame: str | None
    kind: str = "CHAIN"


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow. ``control`` ones carry no value (a condition, the way into a body), ``back`` ones close a loop."""

    source: str
    target: str
    label: str = ""
    style: Literal["data", "control", "back"] = "data"


@dataclass(frozen=True, slots=True)
class Frame:
    """A border around boxes; ``parent`` is the frame around it."""

    id: str
    label: str
    parent: str | None


@dataclass(slots=True)
class Drawing:
    """A whole drawing; every box stands before those that read it, loops apart."""

    name: str
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)


def drawing(description: Mapping[str, Any]) -> Drawing:
    """The drawing of a described plan; inputs that nothing reads are left out."""
    artist = _Artist(description["name"])
    graph = description["graph"]
    artist.graph(graph, None, None)
    made = artist.made
    read = {arrow.source for arrow in made.arrows} | {source["from"] for source in graph["output"].values()}
    inputs = [Box(f"@{i['name']}", i["name"], (), "input", None) for i in graph["inputs"] if f"@{i['name']}" in read]
    made.boxes[:0] = inputs
    title = "output" if len(graph["output"]) > 1 else next(iter(graph["output"]), "output")
    made.boxes.append(Box("@@", title, (), "output", None))
    artist.outputs(graph, "@@")
    return made


class _Artist:
    def __init__(self, name: str) -> None:
        self.made = Drawing(name)
        self._entries: dict[str, str] = {}
        self._exits: dict[str, str] = {}
        self._main: dict[str, str] = {}

    def graph(self, graph: Mapping[str, Any], frame: str | None, entry: str | None) -> None:
        """Draws the steps of one graph inside a frame; steps that read nothing there hang from the entry."""
        if entry is not None:
            self._entries[graph["path"]] = entry
        inside = set()
        for node in graph["nodes"]:
            self._main[node["path"]] = node["outputs"][0]["name"] if node["outputs"] else ""
            inside |= {node["path"], self._node(node, frame)}
        fed = set()
        for edge in graph["edges"]:
            source = self._source(edge["from"])
            if source == entry or source in inside:
                fed.add(edge["to"])
            style: Literal["data", "control"] = "control" if edge["kind"] == "condition" else "data"
            self._arrow(Arrow(source, edge["to"], self._label(edge), style))
        for node in graph["nodes"]:
            if entry is not None and node["path"] not in fed:
                self._arrow(Arrow(entry, node["path"], "", "control"))

    def outputs(self, graph: Mapping[str, Any], target: str) -> None:
        """Arrows from what a graph gives to the box that stands for it."""
        for name, source in graph["output"].items():
            label = name if len(graph["output"]) > 1 else ""
            self._arrow(Arrow(self._source(source["from"]), target, label))

    def _node(self, node: Mapping[str, Any], frame: str | None) -> str:
        """Draws one step, and what is inside it; returns the box that gives its ports."""
        path = node["path"]
        said = [*parameters(node), *([f"when {node['when']}"] if node["when"] else [])]
        if not node["graphs"]:
            lines = tuple(short(line, _LINE) for line in (node["use"], *bounds(node), *said))
            self.made.boxes.append(Box(path, node["name"], lines, "step", frame, node["kind"]))
            return str(path)
        route = node["use"] == "flow.route"
        own = f"{path}/"
        self.made.frames.append(Frame(own, "", frame))
        lines = tuple(short(line, _LINE) for line in (node["use"], *bounds(node), *said))
        self.made.boxes.append(Box(path, node["name"], lines, "entry", own, node["kind"]))
        for inner in node["graphs"]:
            around = own
            if route:
                around = f"{own}{inner['label']}"
                self.made.frames.append(Frame(around, inner["label"], own))
            self.graph(inner, around, path)
        leave = f"{path}!"
        self._exits[path] = leave
        following = (node["flow"] or {}).get("next")
        self.made.boxes.append(Box(leave, self._leaving(node), (), "exit", own))
        for inner in node["graphs"]:
            self.outputs(inner, leave)
        for name, source in (following or {}).items():
            self._arrow(Arrow(self._source(source["from"]), leave, name))
        for name, sources in (node["flow"] or {}).get("tests", {}).items():
            for source in sources:
                if self._source(source["from"]) != path:  # what is carried comes from the entry itself
                    self._arrow(Arrow(self._source(source["from"]), leave, name, "control"))
        if following is not None:
            self._arrow(Arrow(leave, path, "next round", "back"))
        return leave

    @staticmethod
    def _leaving(node: Mapping[str, Any]) -> str:
        if node["use"] == "flow.map":
            return f"{node['name']}: list"
        return f"{node['name']}: output"

    def _source(self, name: str) -> str:
        """The box that gives what a reference names."""
        path, at, _ = name.partition("@")
        if at:
            return self._entries[path] if path else name
        return self._exits.get(name, name)

    def _label(self, edge: Mapping[str, Any]) -> str:
        """The port, where it is not the obvious one."""
        path, at, name = edge["from"].partition("@")
        if at:
            return name if path else ""
        if edge["kind"] == "parameter":
            return str(edge["input"])
        return "" if edge["port"] == self._main.get(edge["from"]) else str(edge["port"])

    def _arrow(self, arrow: Arrow) -> None:
        """Adds an arrow, once; of two between the same boxes the one that carries a value stays."""
        for index, other in enumerate(self.made.arrows):
            same = (other.source, other.target) == (arrow.source, arrow.target)
            if same and "back" not in (other.style, arrow.style):
                labels = dict.fromkeys(filter(None, (*other.label.split(", "), *arrow.label.split(", "))))
                style = other.style if arrow.style == "control" else arrow.style
                self.made.arrows[index] = Arrow(arrow.source, arrow.target, ", ".join(labels), style)
                return
        self.made.arrows.append(arrow)
