"""The Pipelines page: what stands beside the editor, saving, and every way in which that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.trace.store import TraceStore

from .conftest import EMPTY, HOSTILE, everything, parsed

pytestmark = pytest.mark.slow
CHANGED = EMPTY.replace("k: 3", "k: 4")


def editor(app) -> dict:
    """What the editor was given."""
    import json

    return json.loads(next(each.proto.json for each in app.get("bidi_component") if "ragkit_editor" in str(each.proto)))


def write(app, text: str, name: str = "nothing.yaml"):
    """Types a text, as the editor would tell it; its element has no hands in a test."""
    held = app.session_state["drafts"][name]
    held.replace(text)
    return app.run()


def press(app, label: str):
    next(button for button in app.button if button.label == label).click()
    return app.run()


def on_disk(project: Path, name: str = "nothing.yaml") -> str:
    return (project / "pipelines" / name).read_text()


def test_a_project_without_pipelines_says_what_to_do_and_begins_one(open_app, project: Path) -> None:
    (project / "pipelines" / "nothing.yaml").unlink()
    app = open_app("pipelines")
    assert not app.exception
    assert "no pipelines yet" in app.info[0].value
    press(app, "New file…")
    app.text_input(key="new-name").input("first.yaml")
    press(app, "Begin")
    assert not app.exception
    assert "use: retrieve.hybrid" in on_disk(project, "first.yaml")


def test_the_editor_has_the_text_and_the_words(open_app) -> None:
    app = open_app("pipelines", file="nothing.yaml")
    assert not app.exception
    given = editor(app)
    assert given["text"] == EMPTY
    assert given["readOnly"] is False
    assert "select.top_k" in given["vocabulary"]["components"]
    assert "no errors" in str([each.proto for each in app.get("markdown")])
    assert "At most 0 retrievals and 0 LM requests" in everything(app)


def test_errors_are_told_and_the_graph_stays_as_it_was(open_app) -> None:
    app = write(open_app("pipelines"), EMPTY.replace("top_k", "top_q"))
    assert not app.exception
    assert any("nothing.yaml:4:15" in code.value and "did you mean 'select.top_p'" in code.value for code in app.code)
    assert "As it was before the errors" in everything(app)


def test_a_widget_of_the_form_writes_its_value_into_the_text(open_app, project: Path) -> None:
    text = EMPTY.replace("k: 3}", "k: {range: [1, 9], default: 3}}  # how many")
    (project / "pipelines" / "nothing.yaml").write_text(text)
    app = open_app("pipelines")
    number = next(each for each in app.number_input if each.label.startswith("k"))
    assert number.value == 3
    number.set_value(7).run()
    assert not app.exception
    assert app.session_state["drafts"]["nothing.yaml"].text == text.replace("default: 3", "default: 7")
    assert editor(app)["revision"] == 1
    assert on_disk(project) == text
    table = next(each.value for each in app.dataframe if "may be" in each.value.columns)
    assert list(table["default"]) == ["7"]


def test_a_parameter_is_set_back_to_its_default(open_app, project: Path) -> None:
    text = EMPTY.replace("k: 3}", "k: {range: [1, 9], default: 3}}")
    (project / "pipelines" / "nothing.yaml").write_text(text)
    app = open_app("pipelines")
    press(app, "Default")
    assert not app.exception
    assert app.session_state["drafts"]["nothing.yaml"].text == EMPTY.replace(", k: 3}", "}")
    assert "no errors" in str([each.proto for each in app.get("markdown")])
    assert not [button for button in app.button if button.label == "Default"]
    assert on_disk(project) == text


TWO = EMPTY.replace("output: kept", "  last: {use: order.best_last, passages: kept}\noutput: last")


def lagging(app, old: list) -> str:
    """The text after a browser told something, and sent along what widgets of an earlier page held."""
    states = app._tree.get_widget_states()
    states.widgets.extend(old)
    app._run(states)
    assert not app.exception
    return app.session_state["drafts"]["nothing.yaml"].text


def test_a_step_chosen_by_hand_stays(open_app, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pipelines" / "nothing.yaml").write_text(TWO)
    told: dict = {"step": ["steps", "kept"]}
    monkeypatch.setattr("ui.views.editor.draw", lambda *args, **options: (told["step"], False))
    app = open_app("pipelines")
    box = app.selectbox(key="editor:nothing.yaml:step")
    assert box.value == "kept"
    box.set_value("last").run()
    assert app.selectbox(key="editor:nothing.yaml:step").value == "last"
    told["step"] = ["steps", "last"]
    app.run()
    told["step"] = ["steps", "kept"]
    app.run()
    assert app.selectbox(key="editor:nothing.yaml:step").value == "kept"


def test_a_browser_that_lags_behind_changes_nothing(open_app, project: Path) -> None:
    (project / "pipelines" / "nothing.yaml").write_text(TWO)
    app = open_app("pipelines")
    old = [each._widget_state for each in (*app.number_input, *app.selectbox[2:], *app.toggle)]
    assert old
    held = app.session_state["drafts"]["nothing.yaml"]
    changed = TWO.replace("k: 3", "k: 4")
    write(app, changed)
    assert lagging(app, old) == changed
    old = [each._widget_state for each in app.number_input]
    held.step = ("steps", "last")
    app.run()
    assert not app.number_input
    assert lagging(app, old) == changed


def test_a_large_graph_is_drawn_anew_when_asked(open_app, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pipelines" / "nothing.yaml").write_text(TWO)

    def graph() -> str:
        return next(each.value for each in app.markdown if "mermaid" in each.value)

    app = open_app("pipelines")
    write(app, TWO.replace("k: 3", "k: 4"))
    assert "k=4" in graph()
    monkeypatch.setattr("ui.views.workbench._LIVE", 2)
    write(app, TWO.replace("k: 3", "k: 5"))
    assert "k=4" in graph()
    assert "does not follow the text by itself" in everything(app)
    press(app, "Draw it anew")
    assert "k=5" in graph()
    assert "does not follow" not in everything(app)


def test_changes_are_saved_with_their_difference(open_app, project: Path) -> None:
    app = write(open_app("pipelines"), CHANGED)
    press(app, "Save…")
    assert any("-  kept:" in code.value and "+  kept:" in code.value for code in app.code)
    assert on_disk(project) == EMPTY
    press(app, "Save")
    assert not app.exception
    assert on_disk(project) == CHANGED


def test_a_text_with_errors_can_be_saved_and_says_so(open_app, project: Path) -> None:
    app = write(open_app("pipelines"), EMPTY.replace("top_k", "top_q"))
    press(app, "Save…")
    assert "it can be saved, but not run" in app.warning[0].value
    press(app, "Save")
    assert "top_q" in on_disk(project)


def test_a_file_that_changed_on_disk_is_never_written_over(open_app, project: Path) -> None:
    app = write(open_app("pipelines"), CHANGED)
    press(app, "Save…")
    (project / "pipelines" / "nothing.yaml").write_text(EMPTY + "# theirs\n")
    press(app, "Save")
    assert "was changed on disk since it was opened here" in everything(app)
    assert on_disk(project) == EMPTY + "# theirs\n"
    app.run()
    assert any("+# theirs" in code.value for code in app.code)
    press(app, "Load it again")
    assert not app.exception
    assert app.session_state["drafts"]["nothing.yaml"].text == EMPTY + "# theirs\n"


def test_a_draft_outlives_its_file(open_app, project: Path) -> None:
    (project / "pipelines" / "another.yaml").write_text(EMPTY)
    app = write(open_app("pipelines", file="nothing.yaml"), CHANGED)
    (project / "pipelines" / "nothing.yaml").unlink()
    app.run()
    assert not app.exception
    assert app.selectbox(key="file").value == "nothing.yaml"
    assert editor(app)["text"] == CHANGED
    assert "was removed on disk" in app.warning[0].value
    press(app, "Save as…")
    press(app, "Save")
    assert not app.exception
    assert on_disk(project) == CHANGED
    assert not app.warning
    assert not app.session_state["drafts"]["nothing.yaml"].dirty
    assert app.button(key="save").disabled


def test_a_draft_is_saved_under_another_name_and_never_over_a_file(open_app, project: Path) -> None:
    app = write(open_app("pipelines"), CHANGED)
    press(app, "Save as…")
    for name, why in (("nothing.yaml", "is there already"), ("../evil.yaml", "cannot be the name")):
        app.text_input(key="save-as-name").input(name)
        press(app, "Save")
        assert why in everything(app)
    assert not (project / "evil.yaml").exists()
    app.text_input(key="save-as-name").input("other.yaml")
    press(app, "Save")
    assert not app.exception
    assert on_disk(project, "other.yaml") == CHANGED
    assert on_disk(project) == EMPTY


def test_a_draft_is_tried_as_it_stands(open_app, project: Path) -> None:
    app = write(open_app("pipelines"), CHANGED)
    app.text_input(key="editor:nothing.yaml:question").input("What is there?").run()
    press(app, "Run")
    app.run()
    assert not app.exception
    [row] = TraceStore(project / ".ragkit" / "traces.db").list()
    assert row.question == "What is there?"
    assert TraceStore(project / ".ragkit" / "traces.db").get(row.id).trace.spans[0].params["k"] == 4
    assert on_disk(project) == EMPTY


def test_a_file_of_another_folder_cannot_be_named(open_app, project: Path) -> None:
    (project / "secret.yaml").write_text(EMPTY.replace("nothing", "secret"))
    app = open_app("pipelines", file="../secret.yaml")
    assert not app.exception
    assert app.selectbox(key="file").value == "nothing.yaml"


def test_a_file_that_is_no_text_says_so(open_app, project: Path) -> None:
    (project / "pipelines" / "nothing.yaml").write_bytes(b"\xff\xfe")
    app = open_app("pipelines")
    assert not app.exception
    assert "is not UTF-8 text" in everything(app)


def test_an_overlay_can_be_edited_as_one(open_app, project: Path) -> None:
    (project / "pipelines" / "a.tuned.yaml").write_text('version: 1\npipeline: a\nhash: "0"\nvalues: {}\n')
    app = open_app("pipelines", file="a.tuned.yaml")
    assert not app.exception
    assert "This is an overlay" in app.info[0].value


def test_read_only_saves_and_runs_nothing(open_app, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_UI_READ_ONLY", "1")
    app = open_app("pipelines")
    assert not app.exception
    assert editor(app)["readOnly"] is True
    assert not {button.label for button in app.button} & {"Save…", "Save as…", "New file…", "Run"}
    assert all(each.disabled for each in [*app.number_input, *app.text_input, *app.toggle])


def test_hostile_text_stays_text(open_app, project: Path) -> None:
    text = f"version: 1\nname: {HOSTILE!r}\ndescription: {HOSTILE!r}\nsteps:\n  '<b>x</b>': {{use: '{HOSTILE}'}}\n"
    (project / "pipelines" / "nothing.yaml").write_text(text)
    app = open_app("pipelines")
    assert not app.exception
    read = [*(m.value for m in app.markdown), *(c.value for c in app.caption), *(e.label for e in app.expander)]
    for value in read:
        assert not set(parsed(value)) & {"html_inline", "html_block", "link_open", "image"}
    assert not any("alert" in element.proto.body for element in app.get("html"))
