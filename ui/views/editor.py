"""The YAML editor: CodeMirror, bundled into one file (``ui/editor``), as a component of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ragkit.spec.diagnostics import Diagnostic
from ui.drafts import Draft

BUNDLE = Path(__file__).parent.parent / "editor" / "built" / "editor.js"
# Texts and findings travel with every pause between two keys, and by themselves: what a component is given is sent
# together with its script, and what it tells has everything drawn anew that stands in its fragment.
_CHECKER = """\
export default function ({ data, setStateValue, parentElement }) {
  window.ragkitChecker = { parentElement, answer: data, ask: (draft) => setStateValue("draft", draft) };
  document.dispatchEvent(new CustomEvent("ragkit:findings"));
  return () => {
    if (window.ragkitChecker.parentElement === parentElement) delete window.ragkitChecker;
  };
}
"""


def draw(draft: Draft, vocabulary: Mapping[str, Any], *, read_only: bool, key: str) -> tuple[Any, bool]:
    """The editor with a draft's text.

    Args:
        draft: The draft; the text of ``base`` is shown when it is a new one.
        vocabulary: What ``ui.vocabulary`` made.
        read_only: Nothing can be typed.
        key: The element's key.

    Returns:
        What it told: the keys of the step that the cursor is in, and whether somebody pressed the keys that save. It
        also has what stands around it drawn anew, once typing rests.
    """
    data = {
        "name": draft.opened.name, "text": draft.base, "revision": draft.revision, "based": draft.based,
        "readOnly": read_only, "vocabulary": vocabulary,
    }  # fmt: skip
    told = _components()[0](
        key=key, data=data, on_step_change=_nothing, on_save_change=_nothing, on_rested_change=_nothing
    )
    more = "" if read_only else "Ctrl-Space completes, Ctrl-Z undoes, Ctrl-S saves; on a Mac, ⌘ for Z and S. "
    st.caption(more + "Escape, then Tab leaves the editor.")
    return told.step, bool(told.save)


def take(draft: Draft) -> None:
    """Takes over the text that the editor told last."""
    told = st.session_state.get(_key(draft))
    draft.typed(told.get("draft") if told is not None else None)


def show(draft: Draft, findings: Sequence[Diagnostic]) -> None:
    """Hands the findings to the editor that is on the page, to be marked at their lines, and hears what is typed: that
    has the fragment drawn anew in which this is called.
    """
    editor, stamp = draft.seen
    told = [
        {
            "line": finding.line if finding.file == draft.opened.name else 0, "column": finding.column,
            "length": finding.length, "allowed": finding.allowed, "suggestion": finding.suggestion,
            "message": finding.message if finding.file == draft.opened.name else f"{finding.place}: {finding.message}",
        }
        for finding in findings
    ]  # fmt: skip
    data = {"name": draft.opened.name, "editor": editor, "stamp": stamp, "dirty": draft.dirty, "findings": told}
    _components()[1](key=_key(draft), data=data, height=1, on_draft_change=lambda: take(draft))


def _key(draft: Draft) -> str:
    return f"checker:{draft.opened.name}"


def _nothing() -> None:
    """Has a value listened to that is read where the component is drawn."""


@cache
def _components() -> tuple[Any, Any]:
    """The two components; declared once for the process."""
    declare = st.components.v2.component
    return declare("ragkit_editor", js=BUNDLE.read_text(encoding="utf-8")), declare("ragkit_checker", js=_CHECKER)
