"""The passes over one pipeline, in their order: read, resolve, check, emit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragkit.component import Need
from ragkit.spec.checking.bounds import active_steps, bounds
from ragkit.spec.checking.checks import StepChecks, ValueChecks
from ragkit.spec.checking.context import Compilation, Components, Setting
from ragkit.spec.checking.cycles import Dependencies
from ragkit.spec.checking.emit import Emitter
from ragkit.spec.checking.flow_checks import FlowChecks
from ragkit.spec.checking.needs import report_missing
from ragkit.spec.checking.nothing import Nothing
from ragkit.spec.checking.port_types import PortTypes
from ragkit.spec.checking.resolve import Resolver, port_names
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.hashing import hashed, plan_hash
from ragkit.spec.nodes import Node
from ragkit.spec.overlay import read_overlay, report_stale
from ragkit.spec.plan import Model, Plan, Position, with_fallbacks
from ragkit.spec.written.files import FileReader, RawPipelineFile
from ragkit.spec.written.marks import Assignment, Marks
from ragkit.spec.written.raw import RawGraph, walk

_LONGEST_CHAIN = 8


class Compiler:
    """Compiles one pipeline file, whose text has been read; ``ragkit.spec.load`` says what the arguments are."""

    def __init__(
        self,
        file: Path,
        base: Path,
        catalogue: Components,
        env: Mapping[str, str] | None,
        choices: Mapping[str, Any] | None,
        overlay: Path | None,
        corpora: Path | None,
        diagnostics: Diagnostics,
        included: Mapping[Path, str] | None = None,
    ) -> None:
        self._file = file
        self._base = base
        self._catalogue = catalogue
        self._env = env
        self._choices = choices or {}
        self._overlay = overlay
        self._corpora = corpora
        self._diagnostics = diagnostics
        self._included = included or {}

    def compile(self, node: Node | None) -> Plan | None:
        """The plan under the overlay and the choices; None where there are findings."""
        if node is None:
            return None
        try:
            return self._compile(node)
        except RecursionError:
            text = "the steps hang on each other in a chain that is too long to follow"
            self._diagnostics.add(node.position, "steps", text, code="too-large")
            return None

    def _compile(self, node: Node) -> Plan | None:
        assignments: dict[str, Assignment] = {}
        state = profile = None
        if self._overlay is not None:
            overlay = read_overlay(self._overlay, self._diagnostics, self._env)
            plain = self._compiled(node, {})
            if overlay is None or plain is None:
                return None
            report_stale(overlay, plain.name, plain.hash, plain.slo, self._diagnostics)
            if self._diagnostics.errors:
                return None
            assignments.update(overlay.values)
            state, profile = overlay.state, overlay.profile
        place = Position(str(self._file), 0, 0)
        for path, value in self._choices.items():
            assignments[path] = Assignment(value, place, f"choices.{path}")
        plan = self._compiled(node, assignments)
        if plan is None:
            return None
        plan = replace(plan, profile=profile)
        if state is None:
            return plan
        changed = hashed(plan.hash.encode(), state.read_bytes())
        return replace(plan, state=state, hash=changed, files=(*plan.files, state))

    def _compiled(self, node: Node, assignments: Mapping[str, Assignment]) -> Plan | None:
        compilation = Compilation(
            self._catalogue, self._diagnostics, Marks(assignments), self._env, self._corpora, files=[self._file],
            texts=self._included,
        )  # fmt: skip
        reader = FileReader(compilation)
        setting = Setting(self._diagnostics, self._base, (self._file.resolve(),))
        raw = reader.pipeline(node, self._file.stem, setting)
        compilation.marks.report_unknown(self._diagnostics)
        self._check(raw.graph, compilation)
        return None if self._diagnostics.errors else self._plan(raw, compilation)

    def _check(self, root: RawGraph, compilation: Compilation) -> None:
        report_missing(root, self._diagnostics)
        resolver = Resolver(root, compilation.references, self._diagnostics)
        resolver.resolve()
        dependencies = Dependencies(root, compilation.references)
        cyclic = dependencies.report_cycles(self._diagnostics)
        types = PortTypes()
        nothing = Nothing()
        _settle(root, dependencies, types, nothing)
        values = ValueChecks(types, self._diagnostics)
        steps, flows = StepChecks(values), FlowChecks(values, compilation.references)
        for graph in walk(root):
            for step in graph.steps.values():
                steps.readers(step)
                for way in step.ways:
                    steps.check(way)
                    flows.check(way)
        flows.output(root)
        resolver.unread()
        if not cyclic:
            self._check_nothing(root, nothing)

    def _check_nothing(self, root: RawGraph, nothing: Nothing) -> None:
        for reference in root.outputs.values():
            chain = nothing.of(reference)
            if chain is not None and reference is not None:
                text = f"the output {reference.text!r} can be nothing: {'; '.join(_shortened(chain))}"
                allowed = "an output that is always there: let flow.first put something else in its place"
                self._diagnostics.add(reference.position, reference.where, text, allowed=allowed, code="output-nothing")

    def _plan(self, raw: RawPipelineFile, compilation: Compilation) -> Plan:
        emitter = Emitter(PortTypes())
        root = emitter.graph(raw.graph)
        for step in emitter.left_out:
            compilation.note(f"step {step.path!r} does not run: nothing that runs reads it under these choices")
        for text in compilation.marks.idle():
            compilation.note(text)
        limits = bounds(root)
        leaves = [step for step in active_steps(root) if step.flow is None]
        models = tuple(dict.fromkeys(model for step in leaves for model in with_fallbacks(step.lm)))
        return Plan(
            name=raw.name,
            description=raw.description,
            file=self._file,
            hash=plan_hash(root, raw.budget),
            root=root,
            budget=raw.budget,
            needs=limits.needs,
            calls=limits.calls,
            critical_path=limits.critical_path,
            width=limits.width,
            corpora=tuple(
                dict.fromkeys(
                    step.corpus
                    for step in leaves
                    if step.corpus and Need.INDEX in step.component.needs_for(step.params)
                )
            ),
            lms=_named(models),
            models=models,
            space=compilation.marks.space,
            choices=compilation.marks.active,
            notes=tuple(compilation.notes),
            files=tuple(compilation.files),
            objective=raw.objective,
            slo=raw.slo,
            declared=raw.lms,
        )


def _named(models: Sequence[Model]) -> dict[str, str]:
    """Model strings by the file's names for them; by themselves where there is none, or two files share one."""
    found: dict[str, str] = {}
    for model in models:
        name = model.name or model.model
        found[name if found.get(name, model.model) == model.model else model.model] = model.model
    return found


def _settle(graph: RawGraph, dependencies: Dependencies, types: PortTypes, nothing: Nothing) -> None:
    """Asks for the type and the presence of every port once those it hangs on are known: chains may be long."""
    for step in dependencies.order(graph):
        for way in step.ways:
            for inner in way.graphs():
                _settle(inner, dependencies, types, nothing)
            for port in port_names(way) or ():
                types.of_port(way, port)
        for port in port_names(step) or ():
            nothing.of_port(step, port)


def _shortened(chain: tuple[str, ...]) -> tuple[str, ...]:
    """A chain of causes of which only the ends are told when it is long."""
    return chain if len(chain) <= _LONGEST_CHAIN else (*chain[: _LONGEST_CHAIN - 2], "…", chain[-1])
