"""The Replay page: what can be changed, the replay beside its run, and what keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.engine.pipeline import Pipeline
from ragkit.project import Project
from ragkit.trace.store import TraceStore

from ..trace.samples import adaptive_run
from .conftest import everything

pytestmark = pytest.mark.slow
MARKED = """\
version: 1
name: cut
corpus: notes
steps:
  found: {use: retrieve.hybrid, k: 12}
  evidence: {use: select.top_k, passages: found, k: {range: [1, 9], default: 5}}
output: evidence
"""
QUESTION = "Which study measures ranking?"


@pytest.fixture
def asked(notes: Path) -> str:
    """The id of a run over the indexed corpus; the app is started for its project."""
    file = notes / "pipelines" / "cut.yaml"
    file.write_text(MARKED)
    with Pipeline.load(file, project=Project(notes)) as pipeline:
        return pipeline.run(QUESTION).trace_id


def plain(text: str) -> str:
    return text.replace("\\", "")


def replay(app, step: str, parameter: str, value: int):
    """Chooses and runs on, until the page has come to rest."""
    [step_box] = [each for each in app.selectbox if each.label == "Step"]
    step_box.select(step).run()
    [parameter_box] = [each for each in app.selectbox if each.label == "Parameter"]
    parameter_box.select(parameter).run()
    if app.number_input:
        app.number_input[0].set_value(value).run()
    else:
        next(each for each in app.text_input if "instead" in each.label).set_value(str(value)).run()
    next(button for button in app.button if button.label == "Run on from here").click()
    app.run()
    assert not app.exception
    return app


def press(app, label: str):
    next(button for button in app.button if button.label == label).click()
    return app.run()


def test_without_runs_it_says_what_to_do(open_app) -> None:
    app = open_app("replay")
    assert not app.exception
    assert "No questions were asked yet" in app.info[0].value


def test_without_a_run_in_the_address_runs_are_offered(open_app, asked: str) -> None:
    app = open_app("replay")
    assert not app.exception
    assert "taken up at one of its steps" in everything(app)
    assert len(app.get("page_link")) >= 1


def test_a_step_is_changed_and_stands_beside_the_run_as_it_was(open_app, notes: Path, asked: str) -> None:
    app = replay(open_app("replay", trace=asked), "evidence", "k", 2)
    seen = plain(everything(app))
    assert "evidence**.k: :blue[5] → :orange[2]" in seen
    assert "1 step read from the old run; evidence ran again" in seen
    assert "From A to B: 0 gained, 3 lost, 0 at another rank" in seen
    store = TraceStore(notes / ".ragkit" / "traces.db")
    new = store.get(app.query_params["replayed"]).trace
    assert [span.status for span in new.spans] == ["cached", "ok"]
    again = open_app("replay", trace=asked, replayed=new.id)
    assert "evidence**.k: :blue[5] → :orange[2]" in plain(everything(again))


def test_what_a_mark_allows_is_saved_as_an_overlay_that_runs(open_app, notes: Path, asked: str) -> None:
    app = replay(open_app("replay", trace=asked), "evidence", "k", 2)
    press(app, "Save as an overlay…")
    app.text_input(key="overlay-name").input("cut.yaml")
    press(app, "Save")
    assert "is there already" in everything(app)
    app.text_input(key="overlay-name").input("cut.two.yaml")
    press(app, "Save")
    assert not app.exception
    overlay = notes / "pipelines" / "cut.two.yaml"
    assert "evidence.k: 2" in overlay.read_text()
    with Pipeline.load(notes / "pipelines" / "cut.yaml", project=Project(notes), overlay=overlay) as pipeline:
        assert len(pipeline.run(QUESTION).passages) == 2


def test_without_a_mark_the_line_of_the_file_is_told_and_taken_to_the_editor(open_app, notes: Path, asked: str) -> None:
    app = replay(open_app("replay", trace=asked), "found", "k", 3)
    seen = plain(everything(app))
    assert "An overlay cannot hold this" in seen
    assert "found: {use: retrieve.hybrid, k: 3}" in seen
    assert "k: {choice: [12, 3], default: 12}" in seen
    press(app, "Take it to the editor")
    assert app.session_state["drafts"]["cut.yaml"].text == MARKED.replace("k: 12", "k: 3")
    assert (notes / "pipelines" / "cut.yaml").read_text() == MARKED


def test_a_step_of_an_included_file_is_changed_in_that_file(open_app, notes: Path) -> None:
    (notes / "pipelines" / "cut.yaml").write_text(MARKED)
    outer = notes / "pipelines" / "outer.yaml"
    outer.write_text(
        "version: 1\nname: outer\nsteps:\n  a: {use: flow.pipeline, path: cut.yaml}\n"
        "  b: {use: flow.pipeline, path: cut.yaml}\n  all: {use: fuse.rrf, passages: [a, b]}\noutput: all\n"
    )
    with Pipeline.load(outer, project=Project(notes)) as pipeline:
        asked = pipeline.run(QUESTION).trace_id
    app = replay(open_app("replay", trace=asked), "a.found", "k", 3)
    assert not app.exception
    seen = plain(everything(app))
    assert "cut.yaml is included more than once: what was changed there holds for b.found too." in seen
    assert "The included cut.yaml has no search mark at a.found.k" in seen
    press(app, "Take it to the editor")
    assert app.session_state["drafts"]["cut.yaml"].text == MARKED.replace("k: 12", "k: 3")


def test_a_value_that_is_not_allowed_says_so(open_app, asked: str) -> None:
    app = open_app("replay", trace=asked)
    app = replay(app, "found", "k", "some")  # type: ignore[arg-type]
    assert "cut.yaml:5" in everything(app)
    assert "replayed" not in app.query_params


def test_a_run_whose_file_has_changed_says_so(open_app, notes: Path, asked: str) -> None:
    (notes / "pipelines" / "cut.yaml").write_text(MARKED.replace("k: 12", "k: 11"))
    app = open_app("replay", trace=asked)
    assert not app.exception
    assert "is not what it was when this question was asked" in everything(app)
    assert not [button for button in app.button if button.label == "Run on from here"]


def test_unknown_and_foreign_runs_say_so(open_app, stored, notes: Path, asked: str) -> None:
    assert "there is no trace" in everything(open_app("replay", trace="0" * 32))
    other = adaptive_run()
    TraceStore(notes / ".ragkit" / "traces.db").commit(other)
    assert "is gone" in everything(open_app("replay", trace=other.id))
    assert "is no replay of this one" in everything(open_app("replay", trace=asked, replayed=other.id))


def test_read_only_runs_and_saves_nothing(open_app, notes: Path, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = replay(open_app("replay", trace=asked), "evidence", "k", 2)
    monkeypatch.setenv("RAGKIT_UI_READ_ONLY", "1")
    again = open_app("replay", trace=asked, replayed=app.query_params["replayed"])
    assert not again.exception
    assert "evidence" in plain(everything(again))
    assert not again.button
