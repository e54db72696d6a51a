"""A stored run, taken up again at one of its steps with another parameter.

    origin = Origin.of(trace, project)
    replayed = origin.change("evidence", "buffer", 2).run()

The whole pipeline runs again, but a step that is given what it was given then is not run: what it gave stands in the
trace, whatever it would give today. So the steps before the change cost nothing, and those behind it run only where the
change reaches them; two runs that differ in nothing but the change can be held side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragkit.component import tunable_parameters
from ragkit.components.catalogue import Catalogue
from ragkit.engine.change import Change, in_text
from ragkit.engine.pipeline import Pipeline
from ragkit.engine.recorded import Recorded
from ragkit.engine.result import RunResult
from ragkit.engine.scope import Corpora
from ragkit.errors import UsageError, did_you_mean
from ragkit.project import Project
from ragkit.spec.cut import steps_of
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.hashing import hashed
from ragkit.spec.load import load, load_text
from ragkit.spec.overlay import read_overlay
from ragkit.spec.plan import Plan, Step
from ragkit.spec.written.mark_form import allows
from ragkit.trace.model import Span, Trace
from ragkit.trace.record import is_redacted
from ragkit.trace.store import TraceStore

_AGAIN = "ask the question again, and replay that run"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: the new run, how many steps were read from the old one, and what is to be known of it."""

    result: RunResult
    change: Change
    read: int
    ran: tuple[str, ...]
    notes: tuple[str, ...]


class Origin:
    """A run that can be taken up again: its trace, and the plan that it ran.

    Attributes:
        trace: The run.
        plan: The plan, hash for hash.
        file: Its file.
        values: What was laid over the file: the values of search marks, and what an overlay sets beside them.
    """

    def __init__(
        self, trace: Trace, project: Project, file: Path, plan: Plan, values: Mapping[str, Any], overlay: Path | None
    ) -> None:
        self.trace = trace
        self.plan = plan
        self.file = file
        self.values = values
        self._overlay = overlay
        self._project = project
        self._steps = {step.path: step for step in steps_of(plan.root)}

    @classmethod
    def of(cls, trace: Trace, project: Project) -> Origin:
        """The plan of a run, from its file and overlay as they are now.

        Raises:
            UsageError: The trace keeps no texts or no steps, or the file is gone, lies outside the project, or is not
                what it was.
            SpecError: The file has errors by now.
        """
        if is_redacted(trace):
            raise UsageError("this trace keeps no texts, so there is nothing to run on with", hint=_AGAIN)
        if not trace.spans:
            raise UsageError("this run has no steps that could be taken up again", hint=_AGAIN)
        file = _file(str(trace.pipeline.get("file", "")), project, "the pipeline file")
        given = trace.conditions.get("overlay")
        overlay = None if given is None else _file(str(given), project, "the overlay")
        wanted = trace.pipeline.get("hash")
        for choices in _candidates(trace, file, overlay, project):
            plan = load(file, catalogue=Catalogue(), choices=choices, overlay=overlay, corpora=project.corpora)
            if plan.hash == wanted:
                laid = None if overlay is None else read_overlay(overlay, Diagnostics(), None)
                others = {} if laid is None else {path: given.value for path, given in laid.values.items()}
                return cls(trace, project, file, plan, {**others, **plan.choices}, overlay)
        raise UsageError(
            f"{file.name}, or a variable or a file that it reads, is not what it was when this question was asked: its "
            f"hash was {wanted}, and is {plan.hash}",
            hint=_AGAIN,
        )

    def steps(self) -> dict[str, Step]:
        """The steps that ran and have parameters, by path, in the order of the plan."""
        ran = {span.step for span in self.trace.spans if span.status in ("ok", "cached", "failed")}
        return {path: step for path, step in self._steps.items() if path in ran and step.flow is None}

    def change(self, step: str, parameter: str, value: Any) -> Change:
        """What another value means.

        Args:
            step: The step's path.
            parameter: One of the parameters of its component.
            value: The value, plain data.

        Raises:
            UsageError: There is no such step or parameter, or the value cannot be written where the step stands.
        """
        if step not in self._steps:
            raise UsageError(f"{self.file.name} has no step {step!r}{did_you_mean(step, self._steps)}")
        found = self._steps[step]
        known = tuple(found.component.Params.model_fields)
        if parameter not in known:
            raise UsageError(f"{found.use} has no parameter {parameter!r}{did_you_mean(parameter, known)}")
        before = found.params.model_dump()[parameter]
        path = self._path(found, parameter, value)
        file, text, line = Path(found.position.file), None, None
        try:
            text, line = in_text(file, found, self.values.get(f"{step}.use"), parameter, value)
        except UsageError:
            if path is None:
                raise
        also = () if path is not None else self._also(found)
        return Change(step, parameter, before, value, path, file, text, line, also)

    def run(
        self,
        change: Change,
        *,
        tell: Callable[[str], None] | None = None,
        on_event: Callable[[Span], None] | None = None,
        store: bool = True,
        corpora: Corpora | None = None,
    ) -> Replayed:
        """Runs on from the change; the run is stored like any other, with what it was made from in its conditions.

        Args:
            change: What ``change`` gave.
            tell: Is told what is being built and why.
            on_event: Is called with each span when its step has ended.
            store: False keeps the trace in memory only.
            corpora: Where steps that are run read; by default the project's corpora.

        Raises:
            SpecError: The value is not allowed.
        """
        if change.mark is not None:
            plan = self._plan({**self.values, change.mark: change.after}, {})
        else:  # the value stands in the place of the mark, where there was one
            assert change.text is not None
            gone = {(step, change.parameter) for step in (change.step, *change.also)}
            left = {path: value for path, value in self.values.items() if self._ends(path) not in gone}
            plan = self._plan(left, {change.file: change.text})
        if corpora is None:
            corpora = Corpora(self._project.corpora, self._project.state)
            corpora.ensure(plan.corpora, True, tell or (lambda text: None), None)
        recorded = Recorded(self.trace, self._steps)
        kept = TraceStore(self._project.state / "traces.db", content=self._project.trace_content) if store else None
        made_from = {
            "trace": self.trace.id, "step": change.step, "parameter": change.parameter, "value": change.after,
        }  # fmt: skip
        inputs = {name: value for name, value in self.trace.inputs.items() if name not in ("question", "history")}
        overlay = None if self._overlay is None else str(self._overlay)
        more = {"replay": made_from}
        with Pipeline(
            plan, corpora=corpora, store=kept, cache=recorded, overlay=overlay, conditions=more
        ) as pipeline:  # fmt: skip
            result = pipeline.run(
                self.trace.question, history=self.trace.inputs.get("history", ()), inputs=inputs, on_event=on_event
            )
        leaves = [span for span in result.trace.spans if not span.use.startswith("flow.")]
        return Replayed(
            result, change,
            read=sum(span.status == "cached" for span in leaves),
            ran=tuple(dict.fromkeys(span.step for span in leaves if span.status in ("ok", "failed"))),
            notes=tuple(self._notes(result, recorded)),
        )  # fmt: skip

    def _also(self, step: Step) -> tuple[str, ...]:
        """The steps that stand where this one does, in other inclusions of its file."""
        return tuple(
            path for path, other in self._steps.items() if other is not step and other.position == step.position
        )

    def _ends(self, path: str) -> tuple[str, str]:
        """The step and the parameter that a mark's path is about, the name of an alternative left out."""
        step, _, parameter = path.rpartition(".")
        outer, _, alternative = step.rpartition(".")
        return (outer if self.values.get(f"{outer}.use") == alternative else step), parameter

    def _path(self, step: Step, parameter: str, value: Any) -> str | None:
        """Where an overlay can hold the value: at the parameter's search mark, or at one that needs none."""
        chosen = self.values.get(f"{step.path}.use")
        inner = step.path if chosen is None else f"{step.path}.{chosen}"
        for path in (f"{inner}.{parameter}", f"{step.path}.{parameter}"):
            mark = next((mark for mark in self.plan.space if mark.path == path), None)
            if mark is not None:
                return path if allows(mark, value) else None
        return f"{inner}.{parameter}" if parameter in tunable_parameters(step.component) else None

    def _plan(self, values: Mapping[str, Any], texts: Mapping[Path, str]) -> Plan:
        """The plan under other values and texts of its files.

        An overlay counts by its values: it was made for the file as it stands.
        """
        whole = texts.get(self.file)
        plan = load_text(
            self.file.read_text(encoding="utf-8-sig") if whole is None else whole, str(self.file),
            base=self.file.parent, catalogue=Catalogue(), choices=values, corpora=self._project.corpora, included=texts,
        )  # fmt: skip
        state = self.plan.state
        return (
            plan if state is None else replace(plan, state=state, hash=hashed(plan.hash.encode(), state.read_bytes()))
        )

    def _notes(self, result: RunResult, recorded: Recorded) -> Sequence[str]:
        notes = [
            f"step {path!r} ran again: its inputs are of a type that a trace cannot hold"
            for path in sorted(recorded.unkeyed)
        ]
        then: Mapping[str, str] = self.trace.conditions.get("corpus_version") or {}
        now: Mapping[str, str] = result.trace.conditions.get("corpus_version") or {}
        for name, version in now.items():
            if then.get(name) not in (None, version):
                notes.append(
                    f"the index of corpus {name!r} was built anew since ({then[name]}, now {version}): steps that were "
                    "read from the trace saw the old one"
                )
        return notes


def _candidates(trace: Trace, file: Path, overlay: Path | None, project: Project) -> Sequence[Mapping[str, Any]]:
    """The values of search marks that the run may have had: none but the overlay's, then what its steps ran with."""
    plan = load(file, catalogue=Catalogue(), overlay=overlay, corpora=project.corpora)
    params = {span.step: span.params for span in trace.spans}
    found: dict[str, Any] = {}
    for mark in plan.space:
        step, _, name = mark.path.rpartition(".")
        for path in (step, step.rpartition(".")[0]):
            if name in params.get(path, {}) and allows(mark, params[path][name]):
                found[mark.path] = params[path][name]
                break
    return [{}, found] if found else [{}]


def _file(given: str, project: Project, what: str) -> Path:
    """A file that a trace names: as it was written there, from the project's folder, or beside its pipelines."""
    root = Path(os.path.realpath(project.root))
    tried = [Path(given), project.root / given, project.pipelines / Path(given).name]
    there = [path for path in tried if given and path.is_file()]
    inside = [path for path in there if Path(os.path.realpath(path)).is_relative_to(root)]
    if not inside:
        where = "lies outside the project" if there else "is gone"
        raise UsageError(f"{what} {given!r} of this run {where}", hint=_AGAIN)
    return inside[0]
