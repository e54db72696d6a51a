"""``flow.route`` as written: its label, its branches, its default."""

from __future__ import annotations

from ragkit.spec.checking.context import Setting
from ragkit.spec.nodes import Node
from ragkit.spec.plan import Position
from ragkit.spec.written.flow_keys import FlowKeys
from ragkit.spec.written.names import check_label
from ragkit.spec.written.parameters import Key
from ragkit.spec.written.raw import RawBranch, RawGraph, RawRoute
from ragkit.spec.written.settings import graph_lacking_lm, read_drop, read_settings
from ragkit.spec.written.values import words

_BRANCH_KEYS = ("steps", "output", "pipeline", "bind", "corpus", "lm", "needs_lm")


class RouteReader:
    """Reads one ``flow.route``."""

    def __init__(self, flow: FlowKeys) -> None:
        self._flow = flow
        self._step = flow.step
        self._diagnostics = flow.diagnostics

    def read(self, keys: dict[str, Key]) -> RawRoute:
        """The route; what is broken in it has been reported."""
        label = self._flow.value(keys, "label")
        branches = self._branches(keys)
        default = None
        if "default" in keys:
            node = keys["default"].node
            if isinstance(node.value, str) and (node.value in branches or not branches):
                default = node.value
            elif not node.broken:
                self._step.broken = True
                self._diagnostics.add(
                    node.position,
                    f"{self._step.where}.default",
                    f"there is no branch {node.text!r}",
                    allowed=tuple(branches),
                    nearest_to=(node.text, tuple(branches)),
                    code="branch",
                )
        route = RawRoute(label, branches, default)
        self._check_dropped(route)
        return route

    def _branches(self, keys: dict[str, Key]) -> dict[str, RawBranch]:
        if "branches" not in keys:
            return {}
        node = keys["branches"].node
        if node.kind != "map" or not node.value:
            self._flow.fail(node, f"{self._step.where}.branches", "a mapping of labels to branches")
            self._step.broken = True
            return {}
        return {name: self._branch(name, inner, node.keys[name]) for name, inner in node.value.items()}

    def _check_dropped(self, route: RawRoute) -> None:
        """A dropped branch needs another one that takes its questions."""
        default = route.branches.get(route.default or "")
        if self._step.broken or (default is not None and default.dropped is None):
            return
        for name, branch in route.branches.items():
            if branch.dropped is not None:
                text = f"the branch {name!r} is left out ({branch.dropped}) and no 'default' takes its questions"
                self._diagnostics.add(branch.position, branch.where, text, code="lm")
                return

    def _branch(self, name: str, node: Node, position: Position) -> RawBranch:
        where = f"{self._step.where}.branches.{name}"
        check_label(name, position, where, self._diagnostics)
        branch = RawBranch(name, position, where, None)
        if node.kind != "map":
            if not node.broken:
                allowed = "a mapping with 'steps' and 'output', or with 'pipeline'"
                text = f"the branch is {node.describe()}"
                self._diagnostics.add(node.position, where, text, allowed=allowed, code="type")
            self._step.broken = True
            self._step.mentions.update(words(node))
            return branch
        unknown = self._unknown_keys(node, where)
        setting = read_settings(node.value, f"{where}.", self._flow.setting, self._flow.compilation)
        graph = RawGraph(f"{self._flow.inner_path}.{name}", f"{where}.steps", self._flow.graph, self._step)
        if "pipeline" in node.value:
            self._file(branch, graph, node, setting)
        elif "steps" in node.value:
            branch.graph = graph
            if "output" not in node.value:
                text = "the branch needs 'output': what it gives"
                self._diagnostics.add(position, f"{where}.output", text, code="missing-key")
            self._flow.scopes.fill(graph, node.value["steps"], node.value.get("output"), setting)
        elif not node.broken and not unknown:
            text = "the branch has neither 'steps' and 'output' nor 'pipeline'"
            self._diagnostics.add(position, where, text, allowed=_BRANCH_KEYS, code="missing-key")
        self._contradictions(node, where)
        if read_drop(node.value, f"{where}.", self._flow.setting) and branch.graph is not None:
            self._drop(branch, branch.graph)
        return branch

    def _unknown_keys(self, node: Node, where: str) -> bool:
        unknown = [key for key in node.value if key not in _BRANCH_KEYS]
        for key in unknown:
            self._diagnostics.add(
                node.keys[key],
                f"{where}.{key}",
                f"unknown key {key!r} for a branch",
                allowed=_BRANCH_KEYS,
                nearest_to=(key, _BRANCH_KEYS),
                code="unknown-key",
            )
            self._step.mentions.update(words(node.value[key]))
        return bool(unknown)

    def _contradictions(self, node: Node, where: str) -> None:
        file = "pipeline" in node.value
        for key, text in (
            ("steps", "a branch has 'steps' or 'pipeline', not both"),
            ("output", "the branch is a file, which says itself what its 'output' is"),
        ):
            if file and key in node.value:
                self._diagnostics.add(node.keys[key], f"{where}.{key}", text, code="branch")
        if "bind" in node.value and not file:
            text = "'bind' goes with 'pipeline'; inline steps read outer ones by name"
            self._diagnostics.add(node.keys["bind"], f"{where}.bind", text, code="branch")

    def _file(self, branch: RawBranch, graph: RawGraph, node: Node, setting: Setting) -> None:
        graph.parent = None
        graph.where = "steps"
        where = branch.where
        found = self._flow.scopes.include(node.value["pipeline"], f"{where}.pipeline", graph, setting)
        if found:
            branch.graph = graph
        branch.bind = self._flow.bindings(node.value.get("bind"), f"{where}.bind", graph.inputs if found else None)
        self._flow.pass_on(branch.bind, where, branch.position)

    def _drop(self, branch: RawBranch, graph: RawGraph) -> None:
        graph.lm_optional = True
        lacking = next(graph_lacking_lm(graph), None)
        if lacking is not None:
            branch.dropped = f"its step {lacking.name!r} ({lacking.use}) needs an LM and none is set"
            self._flow.compilation.marks.forget(graph.path)
            text = f"the branch {branch.name!r} of step {self._step.path!r} is left out: {branch.dropped}"
            self._flow.compilation.note(text)
