"""The YAML editor: CodeMirror, bundled into one file (``ui/editor``), as a component of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ragkit.spec.diagnostics import Diagnostic
from ui.drafts import Draft

BUNDLE = Path(__file__).parent.parent / "editor" / "built" / "editor.js"
# Findings change with every key and travel by themselves: what a component is given is sent together with its script.
_HAND_ON = """\
export default function ({ data }) {
  window.ragkitFindings = data;
  document.dispatchEvent(new CustomEvent("ragkit:findings", { detail: data }));
}
"""


def draw(
    draft: Draft, vocabulary: Mapping[str, Any], *, read_only: bool, key: str, tell: Callable[[], None]
) -> tuple[Any, Any, bool]:
    """The editor with a draft's text.

    Args:
        draft: The draft; the text of ``base`` is shown when it is a new one.
        vocabulary: What ``ui.vocabulary`` made.
        read_only: Nothing can be typed.
        key: The element's key, under which the session keeps what it told.
        tell: Is called before the page is drawn anew because of something typed.

    Returns:
        What it told: the text (for ``Draft.typed``), the keys of the step that the cursor is in, and whether somebody
        pressed the keys that save.
    """
    data = {
        "name": draft.opened.name, "text": draft.base, "revision": draft.revision, "readOnly": read_only,
        "vocabulary": vocabulary,
    }  # fmt: skip
    told = _components()[0](
        key=key, data=data, on_draft_change=tell, on_step_change=lambda: None, on_save_change=lambda: None
    )
    return told.draft, told.step, bool(told.save)


def show(draft: Draft, findings: Sequence[Diagnostic]) -> None:
    """Hands the findings to the editor that is on the page, to be marked at their lines."""
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
    _components()[1](key="findings", data=data, height=1)


@cache
def _components() -> tuple[Any, Any]:
    """The two components; declared once for the process."""
    declare = st.components.v2.component
    return declare("ragkit_editor", js=BUNDLE.read_text(encoding="utf-8")), declare("ragkit_findings", js=_HAND_ON)
