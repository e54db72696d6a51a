"""The app over a project of its own, with traces that were made by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ragkit.trace.model import Trace
from ragkit.trace.store import TraceStore

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(2)) :red[loud] $x^2$ **bold** ![i](http://evil.example/i.png)"
EMPTY = """\
version: 1
name: nothing
steps:
  kept: {use: select.top_k, passages: {value: []}, k: 3}
output: kept
"""
"""A pipeline that needs no index: it chooses among no passages."""
sys.path.insert(0, str(ROOT))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one pipeline, ``nothing.yaml``, that needs no index; the app is started for it."""
    folder = tmp_path / "project"
    for name in ("pipelines", "corpora"):
        (folder / name).mkdir(parents=True)
    (folder / "ragkit.toml").touch()
    (folder / "pipelines" / "nothing.yaml").write_text(EMPTY)
    monkeypatch.setenv("RAGKIT_PROJECT", str(folder))
    monkeypatch.delenv("RAGKIT_HOME")
    monkeypatch.delenv("RAGKIT_UI_READ_ONLY", raising=False)
    return folder


@pytest.fixture
def store(project: Path) -> TraceStore:
    return TraceStore(project / ".ragkit" / "traces.db")


@pytest.fixture
def stored(store: TraceStore) -> Callable[[Trace], Trace]:
    """Stores a trace and gives it back."""

    def keep(trace: Trace) -> Trace:
        store.commit(trace)
        return trace

    return keep


@pytest.fixture
def open_app(project: Path) -> Callable:
    """Opens a page of the app, by default Chat, with query parameters."""
    from streamlit.testing.v1 import AppTest

    def opened(page: str | None = None, **params: str):
        app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value
        if page is not None:
            app.switch_page(f"screens/{page}.py")
        app.run()
        return app

    return opened


def everything(app) -> str:
    """All text on the page, whatever shows it."""
    found = []
    for kind in ("title", "subheader", "text", "markdown", "caption", "code", "info", "warning", "error"):
        found += [str(element.value) for element in app.get(kind)]
    found += [expander.label for expander in app.expander]
    return "\n".join(found)


def parsed(text: str) -> list[str]:
    """The kinds of tokens that a reader of Markdown sees in a text."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inner = [child.type for token in tokens for child in token.children or ()]
    return [*(token.type for token in tokens), *inner]
