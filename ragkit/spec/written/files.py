"""A pipeline file as written: its top level, the scopes inside it, and the files that it includes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragkit import ports
from ragkit.errors import nearest, nearest_file
from ragkit.ports import PortType
from ragkit.spec.checking.context import MAX_DEPTH, MAX_STEPS, Compilation, IncludedDiagnostics, Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Budget, Model, Position
from ragkit.spec.written.constraint import Constraint
from ragkit.spec.written.lms import default_lm, read_lms
from ragkit.spec.written.names import check_name
from ragkit.spec.written.objectives import read_budget, read_objective, read_slo
from ragkit.spec.written.raw import RawGraph
from ragkit.spec.written.raw_values import Input
from ragkit.spec.written.settings import misspelt, read_settings
from ragkit.spec.written.steps import StepReader
from ragkit.spec.written.values import ValueReader

VERSION = 1
KEYS = (
    "version", "name", "description", "inputs", "corpus", "lm", "lms", "budget", "slo", "objective", "steps", "output",
)  # fmt: skip
_INPUT_KEYS = ("type", "default", "description")
_OUTPUTS = "a step, step.port, an input, or {answer: …, passages: …}"
_MOST_FILES = 12
_TYPES = "str, int, float, bool, Label, Turn, Answer, Passage, any, list[…]"


@dataclass(frozen=True, slots=True)
class RawPipelineFile:
    """The outermost file as written."""

    name: str
    description: str
    graph: RawGraph
    budget: Budget
    slo: Mapping[str, tuple[Constraint, ...]]
    objective: Mapping[str, Any] | None
    lms: Mapping[str, Model]


class FileReader:
    """Reads a pipeline file and everything in it; fulfils ``ragkit.spec.written.flows.Scopes``."""

    def __init__(self, compilation: Compilation) -> None:
        self._compilation = compilation

    def pipeline(self, node: Node, name: str, setting: Setting) -> RawPipelineFile:
        """The outermost file."""
        graph = RawGraph("", "steps", None, None)
        top = node.value
        lms = self._top(node, graph, setting.inner(lm=default_lm(self._compilation.env)))
        diagnostics = setting.diagnostics
        return RawPipelineFile(
            self._line(top.get("name"), "name", setting) or name,
            self._line(top.get("description"), "description", setting) or "",
            graph,
            read_budget(top.get("budget"), diagnostics),
            read_slo(top.get("slo"), diagnostics),
            read_objective(top.get("objective"), diagnostics),
            lms,
        )

    def fill(self, graph: RawGraph, steps: Node, output: Node | None, setting: Setting) -> None:
        """Reads ``steps`` and ``output`` of an inline scope."""
        inner = setting.inner(depth=setting.depth + 1)
        if inner.depth > MAX_DEPTH:
            self._too_deep(steps.position, graph.where, setting)
            graph.broken = graph.partial = True
            return
        self._steps(graph, steps, inner)
        if output is None:
            graph.broken = True
            return
        where = f"{graph.where.removesuffix('.steps')}.output"
        graph.output_position = output.position
        values = ValueReader(self._compilation, setting.diagnostics, graph, None)
        graph.outputs["output"] = values.reference(output, where)

    def include(self, path: Node, where: str, graph: RawGraph, setting: Setting) -> bool:
        """Reads a pipeline file into a graph of its own."""
        diagnostics = setting.diagnostics
        if path.broken:
            return False
        if not isinstance(path.value, str) or not path.value:
            found = f"found {path.describe()}"
            diagnostics.add(path.position, where, found, allowed="the path of a pipeline file", code="type")
            return False
        file = Path(os.path.normpath(setting.folder / path.value))
        if not file.is_file():
            known = sorted(f.name for f in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
            shown = known if len(known) <= _MOST_FILES else [*known[:_MOST_FILES], f"{len(known) - _MOST_FILES} more"]
            diagnostics.add(
                path.position, where, f"there is no file {path.value!r} beside this one",
                allowed=shown or None, nearest_to=nearest_file(file.name, known), code="include",
            )  # fmt: skip
            return False
        chain = (*setting.chain, file.resolve())
        if file.resolve() in setting.chain:
            at = setting.chain.index(file.resolve())
            loop = " -> ".join(step.name for step in (*setting.chain[at:], file))
            diagnostics.add(path.position, where, f"a pipeline that includes itself: {loop}", code="include-cycle")
            return False
        if setting.depth >= MAX_DEPTH:
            self._too_deep(path.position, where, setting)
            return False
        inner = IncludedDiagnostics(diagnostics, path.position, self._compilation.seen)
        node = self._compilation.read(file, inner)
        if node is None:
            return False
        for key in ("budget", "slo", "objective"):
            if key in node.value:
                self._compilation.note(f"{key!r} of {file.name} holds only where that file is run by itself")
        depth = setting.depth + 1
        self._top(node, graph, setting.inner(diagnostics=inner, folder=file.parent, chain=chain, depth=depth))
        return True

    def _top(self, node: Node, graph: RawGraph, setting: Setting) -> Mapping[str, Model]:
        """The keys that the outermost file and an included one share; gives the LMs that the file names."""
        diagnostics = graph.diagnostics = setting.diagnostics
        top = node.value
        for key in top:
            if key not in KEYS and not key.startswith("x-"):
                diagnostics.add(
                    node.keys[key], key, f"unknown key {key!r}", allowed=(*KEYS, "x-…"), nearest_to=(key, KEYS),
                    code="unknown-key",
                )  # fmt: skip
        self._version(node, setting)
        lms = read_lms(top.get("lms"), setting)
        setting = setting.inner(lms=lms, **misspelt(key for key in top if key not in KEYS))
        setting = read_settings(top, "", setting, self._compilation)
        self._inputs(graph, top.get("inputs"), setting)
        if "steps" in top:
            self._steps(graph, top["steps"], setting)
        else:
            graph.broken = graph.partial = True
            if not any(nearest(key, ("steps",)) for key in top):
                diagnostics.add(node.position, "steps", "the pipeline has no 'steps'", code="missing-key")
        if "output" in top:
            self._output(graph, top["output"], setting)
        elif any(nearest(key, ("output",)) for key in top):
            graph.broken = True
        else:
            graph.broken = True
            diagnostics.add(
                node.position, "output", "the pipeline has no 'output': the port that is its answer",
                allowed="a step or step.port of type Answer or list[Passage], or {answer: …, passages: …}",
                code="missing-key",
            )  # fmt: skip
        return lms

    def _version(self, node: Node, setting: Setting) -> None:
        given = node.value.get("version")
        if given is None:
            text = f"the pipeline has no 'version'; this ragkit reads version {VERSION}"
            setting.diagnostics.add(node.position, "version", text, allowed=f"version: {VERSION}", code="version")
        elif (given.value != VERSION or isinstance(given.value, bool)) and not given.broken:
            text = f"version {given.describe()} of the language is not known; this ragkit reads version {VERSION}"
            setting.diagnostics.add(given.position, "version", text, allowed=str(VERSION), code="version")

    def _steps(self, graph: RawGraph, node: Node, setting: Setting) -> None:
        if node.kind != "map" or not node.value:
            graph.broken = graph.partial = True
            if not node.broken:
                found = f"'steps' is {node.describe()}"
                allowed = "a mapping of step names to steps"
                setting.diagnostics.add(node.position, graph.where, found, allowed=allowed, code="type")
            return
        reader = StepReader(self._compilation, setting, graph, self)
        for name, inner in node.value.items():
            taken = self._is_taken(graph, name, node.keys[name], setting)
            graph.steps[name] = reader.read(name, inner, node.keys[name])
            if taken:
                graph.steps[name].mentions.add(name)
            if self._compilation.full:
                graph.broken = graph.partial = True
                text = f"the pipeline has more than {MAX_STEPS} steps, those of included files counted each time"
                setting.diagnostics.add(node.keys[name], graph.where, text, code="too-large")
                return

    def _is_taken(self, graph: RawGraph, name: str, position: Position, setting: Setting) -> bool:
        for outer in graph.visible():
            owner = graph.owner
            taken = outer.steps.get(name)
            inside = owner is not None and owner.graph is outer and owner.name == name
            if taken is not None or inside or (name in outer.inputs and name not in ("question", "history")):
                what = "an input" if name in outer.inputs else "a step"
                at = f" at {taken.position}" if taken is not None else ""
                text = f"the name {name!r} is taken by {what} that can be read here{at}"
                setting.diagnostics.add(position, f"{graph.where}.{name}", text, code="name")
                return True
        return False

    def _inputs(self, graph: RawGraph, node: Node | None, setting: Setting) -> None:
        graph.inputs["question"] = Input("question", graph, ports.STR)
        graph.inputs["history"] = Input("history", graph, ports.list_of(ports.TURN), (), True)
        if node is None or node.broken:
            return
        if node.kind != "map":
            found = f"'inputs' is {node.describe()}"
            setting.diagnostics.add(node.position, "inputs", found, allowed="a mapping of names to types", code="type")
            return
        for name, inner in node.value.items():
            where = f"inputs.{name}"
            check_name(name, node.keys[name], where, "an input", setting.diagnostics)
            if name not in graph.inputs:
                graph.inputs[name] = self._input(graph, name, inner, where, setting)

    def _input(self, graph: RawGraph, name: str, node: Node, where: str, setting: Setting) -> Input:
        diagnostics = setting.diagnostics
        if node.kind == "scalar":
            return Input(name, graph, self._type(node, where, setting))
        if node.kind == "list":
            found = f"the input is {node.describe()}"
            diagnostics.add(node.position, where, found, allowed="a type, or {type: …, default: …}", code="type")
            return Input(name, graph)
        for key in node.value:
            if key not in _INPUT_KEYS:
                diagnostics.add(
                    node.keys[key], f"{where}.{key}", f"unknown key {key!r} for an input", allowed=_INPUT_KEYS,
                    nearest_to=(key, _INPUT_KEYS), code="unknown-key",
                )  # fmt: skip
        self._line(node.value.get("description"), f"{where}.description", setting)
        if "type" not in node.value:
            if all(key in _INPUT_KEYS for key in node.value):
                diagnostics.add(node.position, where, "the input has no 'type'", allowed=_TYPES, code="type")
            return Input(name, graph)
        found_type = self._type(node.value["type"], f"{where}.type", setting)
        default = node.value.get("default")
        if default is None or default.broken:
            return Input(name, graph, found_type)
        value = default.plain()
        if found_type is not None and (value is None or not found_type.accepts(ports.of_value(value))):
            text = f"the default {default.describe()} is not of type {found_type}"
            diagnostics.add(default.position, f"{where}.default", text, code="type-mismatch")
        return Input(name, graph, found_type, value, True)

    def _type(self, node: Node, where: str, setting: Setting) -> PortType | None:
        if node.broken:
            return None
        found = ports.parse(node.value) if isinstance(node.value, str) else None
        if found is None:
            known = ("str", "int", "float", "bool", "Label", "Turn", "Answer", "Passage", "any", "list[str]")
            setting.diagnostics.add(
                node.position, where, f"{node.describe()} is not a type", allowed=_TYPES,
                nearest_to=(node.text, (*known, "list[Passage]")), code="type",
            )  # fmt: skip
        return found

    def _output(self, graph: RawGraph, node: Node, setting: Setting) -> None:
        graph.output_position = node.position
        values = ValueReader(self._compilation, setting.diagnostics, graph, None)
        if node.kind != "map":
            graph.outputs["output"] = values.reference(node, "output", forms=_OUTPUTS)
            return
        allowed = ("answer", "passages")
        for key in node.value:
            if key not in allowed:
                setting.diagnostics.add(
                    node.keys[key], f"output.{key}", f"unknown key {key!r} in 'output'",
                    allowed=_OUTPUTS, nearest_to=(key, allowed), code="unknown-key",
                )  # fmt: skip
                values.reference(node.value[key], f"output.{key}")
        for key in allowed:
            if key in node.value:
                graph.outputs[key] = values.reference(node.value[key], f"output.{key}")
            else:
                graph.broken = True
                text = f"'output' as a mapping has no {key!r}; for one port alone write the reference itself"
                setting.diagnostics.add(node.position, f"output.{key}", text, code="missing-key")

    def _line(self, node: Node | None, where: str, setting: Setting) -> str | None:
        if node is None or node.broken:
            return None
        if isinstance(node.value, str):
            return node.value.strip()
        setting.diagnostics.add(node.position, where, f"found {node.describe()}", allowed="a text", code="type")
        return None

    def _too_deep(self, position: Position, where: str, setting: Setting) -> None:
        text = f"scopes and included files lie more than {MAX_DEPTH} deep in each other"
        setting.diagnostics.add(position, where, text, code="too-large")
