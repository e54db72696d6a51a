"""What stands beside the editor: the graph, the form of the step, what is open to search, a trial run."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ragkit.cli.answer import decided
from ragkit.errors import RagkitError, TraceError
from ragkit.spec.edit import set_written, without
from ragkit.spec.plan import Plan
from ragkit.trace.words import visible
from ui import authoring, data, state
from ui.checking import Checked
from ui.drafts import Draft
from ui.trial import Trial
from ui.views import answer, form, live, plan, problem
from ui.views.text import label

_MOST = 12
_LIVE = 30
"""The boxes of the largest graph that is drawn anew whenever the text changes; 75 take a browser a second or more."""


def findings(checked: Checked, name: str) -> None:
    """The findings in words, those of other files too; the editor marks its own at their lines."""
    for finding in checked.findings[:_MOST]:
        st.code(finding.render(), language=None, wrap_lines=True)
    if len(checked.findings) > _MOST:
        st.caption(f"and {len(checked.findings) - _MOST} more")


def draw(draft: Draft, checked: Checked, *, key: str, take: Callable[[], None]) -> None:
    """The side of the editor.

    Args:
        draft: The draft.
        checked: What the checker says of it.
        key: What tells its widgets from those of another file.
        take: Takes over what the editor told last, so that a form changes no text that is out of date.
    """
    if checked.overlay:
        st.info(
            "This is an overlay: values for the search marks of a pipeline. Chat and Compare lay it over; whether it "
            "fits its pipeline is checked there, here only whether it is YAML."
        )
        return
    graph, step, space, run = st.tabs(["Graph", "Step", "Search space", "Try it"])
    with graph:
        if draft.drawn is None:
            st.caption("The graph is drawn once the file has no errors.")
        else:
            _graph(draft, draft.drawn, key, broken=checked.plan is None)
    with step:
        _step(draft, checked, key, take)
    with space:
        if draft.drawn is None:
            st.caption("It is shown once the file has no errors.")
        else:
            plan.space(draft.drawn)
    with run:
        _try(draft, checked, key)


def _graph(draft: Draft, now: Plan, key: str, *, broken: bool) -> None:
    """The graph, following the text; a large one only when asked, for a browser does nothing else while it draws it."""
    said = st.empty()  # it keeps its place: a graph that moves on is drawn again
    if draft.pictured is None or plan.boxes(now) <= _LIVE:
        draft.pictured = now
    elif plan.picture(now) != plan.picture(draft.pictured):
        with said.container():
            st.caption(":orange[:material/history: A large graph does not follow the text by itself.]")
            if st.button("Draw it anew", icon=":material/refresh:", key=f"{key}:picture"):
                draft.pictured = now
        if draft.pictured is now:
            said.empty()
    if broken and draft.pictured is now:
        said.caption(":orange[:material/history: As it was before the errors.]")
    plan.graph(draft.pictured)


def _step(draft: Draft, checked: Checked, key: str, take: Callable[[], None]) -> None:
    steps = {step.name: step for step in checked.steps}
    if not steps:
        st.caption("The file has no steps that can be read.")
        return
    chosen_key = f"{key}:step"
    at = next((step.name for step in checked.steps if step.path == draft.step), None)
    if at is not None:
        st.session_state[chosen_key] = at
        draft.step = ()
    elif st.session_state.get(chosen_key) not in steps:
        st.session_state.pop(chosen_key, None)
    name = st.selectbox("Step", list(steps), key=chosen_key, help="It follows the cursor in the editor.")
    step = steps[name]
    component = authoring.component(step.use)
    if component is None:
        st.caption(f"{label(step.use or 'It')} is no component that has a form.")
        return

    def change(path: tuple[str, ...], value: str | None) -> None:
        take()
        try:
            draft.replace(without(draft.text, path) if value is None else set_written(draft.text, path, value))
        except RagkitError as error:
            st.session_state[f"{key}:refused"] = error

    st.caption(f"`{step.use}`")
    refused = st.session_state.pop(f"{key}:refused", None)
    if refused is not None:
        problem.show_error(refused)
    form.draw(step, component, change, key=key, disabled=state.read_only())


def _try(draft: Draft, checked: Checked, key: str) -> None:
    name = draft.opened.name
    if state.read_only():
        st.caption("In read-only mode nothing is asked.")
        return
    question = st.text_input("Question", key=f"{key}:question", placeholder=_sample(checked))
    asked = question.strip() or _sample(checked)
    going = data.runs().of(key)
    busy = going is not None and not going.done
    if st.button(
        "Run", type="primary", icon=":material/play_arrow:", key=f"{key}:run",
        disabled=checked.plan is None or not asked or busy,
        help="Runs the text as it stands in the editor, saved or not." if checked.plan else "The file has errors.",
    ):  # fmt: skip
        begun = Trial(draft.text, data.project().pipelines / name, data.project())
        st.session_state[f"{key}:trial"] = begun
        going = data.runs().start(key, asked, begun.work)
    if going is not None:
        live.draw(going)
    trial: Trial | None = st.session_state.get(f"{key}:trial")
    store = data.store()
    if trial is not None and trial.trace is not None and store is not None:
        _result(trial.trace, draft.text == trial.text)


def _sample(checked: Checked) -> str:
    """A question to begin with."""
    found = authoring.examples(checked.plan.corpora) if checked.plan is not None else []
    return found[0].question if found else ""


def _result(trace: str, fresh: bool) -> None:
    store = data.store()
    assert store is not None
    try:
        document = store.get(trace).trace.result or {}
    except TraceError as error:
        problem.show_error(error)
        return
    if not fresh:
        st.caption(":orange[:material/history: The text has been changed since this run.]")
    answer.draw(document, f"trial-{trace}")
    why = decided(dict(document))
    if why:
        st.caption(label(visible(why), 1_000))
    st.caption(label(answer.spent(document), 300))
    st.page_link(
        "screens/traces.py", label="Every step and its reason", icon=":material/account_tree:",
        query_params={state.TRACE: trace},
    )  # fmt: skip
