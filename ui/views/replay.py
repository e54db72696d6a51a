"""What is changed in a run: the step, the parameter, the value; and how to keep it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ragkit.engine.change import Change
from ragkit.engine.replay import Origin
from ragkit.errors import UsageError
from ragkit.spec.edit import written
from ragkit.spec.plan import SearchMark
from ragkit.spec.written.mark_form import describe
from ragkit.trace.words import counted, in_words
from ui import state
from ui.fields import Field, field_of, value_of
from ui.files import PipelineFiles
from ui.views import problem
from ui.views.text import label, show


def choose(origin: Origin, *, key: str) -> tuple[str, str, Any] | None:
    """A step, one of its parameters and another value; None until there is one.

    Args:
        origin: The run.
        key: The first part of the keys of its widgets.
    """
    steps = {path: step for path, step in origin.steps().items() if step.component.Params.model_fields}
    if not steps:
        st.info("No step of this run has a parameter.", icon=":material/info:")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        path = st.selectbox(
            "Step", list(steps), key=f"{key}:step", format_func=lambda each: f"{each} · {steps[each].use}"
        )
        step = steps[path]
        ran = next(span for span in reversed(origin.trace.spans) if span.step == path and span.status != "skipped")
        fields = step.component.Params.model_fields
        name = st.selectbox("Parameter", list(fields), key=f"{key}:{path}:parameter")
        before = ran.params.get(name)
        if name in step.bound:
            st.caption(f"It was read from {label(step.bound[name].text)}; what is given here takes its place.")
        value = _value(name, field_of(fields[name]), before, f"{key}:{path}:{name}")
    if fields[name].description:
        st.caption(label(fields[name].description or "", 400))
    mark = next((mark for mark in origin.plan.space if mark.path == f"{path}.{name}"), None)
    st.caption(f"It ran with {label(in_words(before, 200))}." + _marked(mark))
    return None if value is _WRONG else (path, name, value)


_WRONG = object()


def _marked(mark: SearchMark | None) -> str:
    return "" if mark is None else f" Its search mark allows {label(describe(mark))}."


def _value(name: str, field: Field, before: Any, key: str) -> Any:
    title = f"{name} instead"
    if field.kind == "bool":
        return st.toggle(title, not before, key=key)
    if field.kind == "choice":
        others = [each for each in field.options if each != before]
        return st.selectbox(title, others or list(field.options), key=key, format_func=written)
    if field.kind in ("whole", "number") and field.takes(before):
        given = before if before is None or field.kind == "whole" else float(before)
        return st.number_input(title, value=given, key=key, **field.numbers())
    if field.kind == "text":
        return st.text_area(title, before or "", key=key) or None
    try:
        return value_of(st.text_input(title, written(before), key=key, help="A value as it would stand in the YAML"))
    except UsageError as error:
        problem.show_error(error)
        return _WRONG


def told(change: Change, read: int, ran: tuple[str, ...]) -> None:
    """What was changed, and what it cost."""
    before, after = in_words(change.before, 200), in_words(change.after, 200)
    st.markdown(
        f":material/fork_right: **{label(change.step)}**.{label(change.parameter)}: :blue[{label(before)}] → "
        f":orange[{label(after)}]"
    )
    again = f"{label(', '.join(ran), 300)} ran again" if ran else "no step had to run again"
    st.caption(f"{counted(read, 'step')} read from the old run; {again}.")
    if change.also:
        others = label(", ".join(change.also), 300)
        st.caption(
            f"{label(change.file.name)} is included more than once: what was changed there holds for {others} too."
        )


def not_in_an_overlay(change: Change, *, included: bool) -> None:
    """What the file would have to say, where no overlay can hold the value.

    Args:
        change: The change.
        included: The file is one that the pipeline includes.
    """
    file = f"The included {label(change.file.name)}" if included else "The file"
    st.info(
        f"An overlay cannot hold this. {file} has no search mark at {label(f'{change.step}.{change.parameter}')} "
        "that allows the value. In the file itself, this line says it:",
        icon=":material/info:",
    )
    st.code(change.line, language="yaml", wrap_lines=True)
    before, after = written(change.before), written(change.after)
    st.caption("Or a search mark, which leaves it open to `ragkit optimize` and to overlays:")
    st.code(f"{change.parameter}: {{choice: [{before}, {after}], default: {before}}}", language="yaml", wrap_lines=True)


@st.dialog("Save as an overlay", width="large", on_dismiss=state.close_dialog)
def save(files: PipelineFiles, name: str, text: str) -> None:
    """Saves an overlay beside its pipeline, under a name that is not taken.

    Args:
        files: The files of the project.
        name: The name that is offered.
        text: The overlay.
    """
    st.caption(
        "An overlay lays these values over the pipeline when it is asked to: on the Chat page, or with --overlay."
    )
    given = st.text_input("File, in the project's folder of pipelines", name, key="overlay-name")
    st.code(text, language="yaml", wrap_lines=True)
    if st.button("Save", type="primary", key="overlay-save", icon=":material/save:"):
        try:
            opened = files.create(given.strip(), text)
        except UsageError as error:
            problem.show_error(error)
            return
        st.success("Saved. In a terminal:", icon=":material/check:")
        show(f"ragkit run PIPELINE QUESTION --overlay {files.folder.name}/{opened.name}")
