"""Steps that need a corpus or an LM where none is set."""

from __future__ import annotations

from collections.abc import Iterator

from ragkit.component import Need
from ragkit.spec.diagnostics import Diagnostics
from ragkit.spec.written.lms import ENVIRONMENT
from ragkit.spec.written.raw import RawGraph, RawLoop, RawMap, RawPipeline, RawRoute, RawStep

NO_LM = "no-lm"
"""The code of the finding that a step needs an LM and none is set."""


def report_missing(root: RawGraph, diagnostics: Diagnostics) -> None:
    """Reports every step, and every alternative, that can run and lacks its corpus or its LM.

    What stands under ``needs_lm: drop`` is left out for want of an LM and therefore lacks none.
    """
    for step, optional in _steps(root, False):
        component = step.component
        if component is None:
            continue
        findings = step.graph.findings(diagnostics)
        needs = component.needs if step.params is None else component.needs_for(step.params)
        if Need.INDEX in needs and not step.corpus:
            text = f"{step.use} reads a corpus and none is set"
            findings.add(
                step.position, step.where, text, allowed="'corpus' on the step, its branch or the file", code="corpus"
            )
        if Need.LM in component.needs and not step.lm and not optional:
            text = f"{step.use} needs an LM and none is set"
            allowed = (
                f"{ENVIRONMENT}=provider/model in the environment, or 'lm' on the step, its branch or the file; "
                "or 'needs_lm: drop' on its branch or alternative"
            )
            findings.add(step.position, step.where, text, allowed=allowed, code=NO_LM)


def _steps(graph: RawGraph, optional: bool) -> Iterator[tuple[RawStep, bool]]:
    """Every step that some choice can run, and whether it is dropped when it lacks an LM."""
    optional = optional or graph.lm_optional
    for step in graph.steps.values():
        if step.disabled == "enabled: false":
            continue
        for way in step.ways:
            drop = optional or way.lm_optional
            yield way, drop
            flow = way.flow
            if isinstance(flow, (RawMap, RawLoop)):
                yield from _steps(flow.body, drop)
            elif isinstance(flow, RawPipeline) and flow.graph is not None:
                yield from _steps(flow.graph, drop)
            elif isinstance(flow, RawRoute):
                for branch in flow.branches.values():
                    if branch.graph is not None:
                        yield from _steps(branch.graph, drop)
