"""The executed graph, drawn on the declared one: what ran with its time, what was skipped or never reached in grey."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from ragkit.spec.graph.drawing import Box, Drawing, drawing
from ragkit.spec.graph.mermaid import mermaid
from ragkit.trace.model import Span, Trace
from ragkit.trace.words import duration
from ui.views.text import label

_CLASSES = {
    "idle": "fill:#8884,stroke:#8888,color:#888,stroke-dasharray:4 3",
    "failed": "stroke:#d33,stroke-width:3px",
    "ran": "stroke:#2a7,stroke-width:2px",
}


def draw(trace: Trace) -> None:
    """The graph of a run; nothing where the trace has none (a run that another version stored)."""
    if trace.graph is None:
        st.caption("This run kept no graph.")
        return
    ran = [path for path, spans in _by_step(trace).items() if any(span.status != "skipped" for span in spans)]
    st.mermaid_chart(executed(trace), alt=f"The graph of the pipeline; these steps ran: {', '.join(ran)}")
    st.caption("Green: ran. Grey and dashed: skipped, or on a branch that was not taken. Red: failed.")
    for note in trace.graph.get("notes", ()):
        st.caption(label(str(note)))


def executed(trace: Trace) -> str:
    """The graph in Mermaid's language, each step with how often it ran, its time, and its fate as a class."""
    assert trace.graph is not None
    made = drawing(trace.graph)
    spans = _by_step(trace)
    fates = {box.id: _fate(spans.get(box.id.rstrip("!"), ())) for box in made.boxes if not _is_end(box)}
    told = Drawing(made.name, [_told(box, spans) for box in made.boxes], made.arrows, made.frames)
    # Streamlit draws labels without HTML, so the tag would be read by people; a name's own `<` is a code by now.
    lines = [mermaid(told).replace("<b>", "").replace("</b>", "")]
    for name, style in _CLASSES.items():
        chosen = [f"n{number}" for number, box in enumerate(made.boxes) if fates.get(box.id) == name]
        if chosen:
            lines += [f"    classDef {name} {style}", f"    class {','.join(chosen)} {name}"]
    return "\n".join(lines)


def _by_step(trace: Trace) -> Mapping[str, Sequence[Span]]:
    found = defaultdict(list)
    for span in trace.spans:
        found[span.step].append(span)
    return found


def _is_end(box: Box) -> bool:
    return box.shape in ("input", "output")


def _fate(spans: Sequence[Span]) -> str:
    states = Counter(span.status for span in spans)
    if states["failed"]:
        return "failed"
    return "ran" if states["ok"] or states["cached"] else "idle"


def _told(box: Box, spans: Mapping[str, Sequence[Span]]) -> Box:
    """The box with a line about its executions."""
    if box.shape not in ("step", "entry"):
        return box
    own = spans.get(box.id, ())
    ran = [span for span in own if span.status != "skipped"]
    if not own:
        line = "not reached"
    elif not ran:
        line = "skipped"
    else:
        times = f"{len(ran)} × · " if len(ran) > 1 else ""
        line = times + duration(sum(span.ended - span.started for span in ran))
    return replace(box, lines=(*box.lines, line))
