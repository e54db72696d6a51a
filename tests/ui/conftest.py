"""The app over a project of its own, with traces that were made by hand."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ragkit.trace.model import Trace
from ragkit.trace.store import TraceStore
from tests.corpus.corpora import build, document, write_corpus
from tests.corpus.tiny_model import write_tiny_model

from .browsing import browsing, serving, visit

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
OVER_NOTES = """\
version: 1
name: {name}
corpus: notes
steps:
  found: {{use: retrieve.hybrid, k: 12}}
  evidence: {selector}
output: evidence
"""
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


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose corpus ``notes`` of 24 documents is indexed, with two pipelines over it; tests take copies."""
    folder = tmp_path_factory.mktemp("library")
    model = write_tiny_model(folder / "corpora" / "tiny")
    documents = [document(number) for number in range(23)]
    hostile = {"id": f"d{HOSTILE}", "title": HOSTILE, "text": f"It says {HOSTILE}.", "year": 1999, "tags": [HOSTILE]}
    documents.append(hostile)
    write_corpus(folder / "corpora", documents, model.name)
    (folder / "ragkit.toml").touch()
    (folder / "pipelines").mkdir()
    for name, selector in (("cut", "{use: select.adaptive_k, passages: found, buffer: 1}"),
                           ("five", "{use: select.top_k, passages: found, k: 5}")):  # fmt: skip
        (folder / "pipelines" / f"{name}.yaml").write_text(OVER_NOTES.format(name=name, selector=selector))
    build(folder / "corpora" / "notes.yaml", folder / ".ragkit")
    return folder


@pytest.fixture
def notes(library: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the indexed project; the app is started for it."""
    folder = Path(shutil.copytree(library, project.parent / "library"))
    monkeypatch.setenv("RAGKIT_PROJECT", str(folder))
    return folder


@pytest.fixture
def stored(store: TraceStore) -> Callable[[Trace], Trace]:
    """Stores a trace and gives it back."""

    def keep(trace: Trace) -> Trace:
        store.commit(trace)
        return trace

    return keep


@pytest.fixture
def open_app(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Opens a page of the app, by default Chat, with query parameters; a fault of the app is an exception of it."""
    from streamlit.testing.v1 import AppTest

    def fault(error: Exception) -> None:
        raise error

    monkeypatch.setattr("ui.views.problem.unforeseen", fault)

    def opened(page: str | None = None, /, **params: str):
        app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        for name, value in params.items():
            app.query_params[name] = value
        if page is not None:
            app.switch_page(f"screens/{page}.py")
        app.run()
        return app

    return opened


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A server of the app over the module's own ``folder``."""
    with serving(folder) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator:
    """A real browser; one for each module, for it keeps the thread's event loop busy."""
    with browsing() as opened:
        yield opened


@pytest.fixture
def at(browser, address: str) -> Iterator:
    """Opens a view; afterwards no script may have complained and no error may be shown."""
    pages = []

    def opened(path: str = "/", **options):
        pages.append(visit(browser, f"{address}{path}", **options))
        return pages[-1]

    yield opened
    for page in pages:
        assert page.problems == []
        assert page.locator("[data-testid=stException]").count() == 0
        assert page.get_by_text("a fault of the app").count() == 0
        page.context.close()


def run_until(app, met: Callable[[], bool], seconds: float = 60) -> None:
    """Runs a page again and again, as a browser does for one that follows something, until something is met."""
    deadline = time.monotonic() + seconds
    while not met() and time.monotonic() < deadline:
        time.sleep(0.05)
        app.run()


def everything(app) -> str:
    """All text on the page, whatever shows it."""
    found = []
    for kind in ("title", "subheader", "text", "markdown", "caption", "code", "info", "warning", "error"):
        found += [str(element.value) for element in app.get(kind)]
    found += [expander.label for expander in app.expander]
    return "\n".join(found)


def blocks(app) -> list[str]:
    """What the page has as HTML, its style sheet left out."""
    return [body for element in app.get("html") if not (body := element.proto.body).startswith("<style>")]


def parsed(text: str) -> list[str]:
    """The kinds of tokens that a reader of Markdown sees in a text."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inner = [child.type for token in tokens for child in token.children or ()]
    return [*(token.type for token in tokens), *inner]
