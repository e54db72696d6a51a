"""The Chat page: asking, what it shows, what survives a reload, and every way in which it is empty or fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ragkit.trace.store import TraceStore

from ..trace.samples import adaptive_run, nested_run
from .conftest import EMPTY, HOSTILE, blocks, everything

pytestmark = pytest.mark.slow
CHAT = "0123456789abcdef"


def ask(app, question: str):
    """Asks; when the page has come to rest, the run has ended."""
    app.chat_input[0].set_value(question).run()
    return app


def test_a_project_without_pipelines_says_what_to_do(open_app, project: Path) -> None:
    (project / "pipelines" / "nothing.yaml").unlink()
    app = open_app()
    assert not app.exception
    assert "no pipelines yet" in app.info[0].value
    assert not app.chat_input


def test_the_empty_page_offers_a_question_of_each_kind(open_app, project: Path) -> None:
    (project / "corpora" / "notes.yaml").write_text("name: notes\nsource: {kind: text, path: notes/*.txt}\n")
    (project / "corpora" / "notes").mkdir()
    lines = ['{"question": "A longer one?", "kind": "single"}', '{"question": "One?", "kind": "single"}', "no JSON",
             '{"question": "Both?", "kind": "multi"}', '{"question": "Odd?", "kind": "other"}']  # fmt: skip
    (project / "corpora" / "notes" / "questions.jsonl").write_text("\n".join(lines))
    reads = "version: 1\nname: reads\ncorpus: notes\nsteps: {found: {use: retrieve.bm25, k: 3}}\noutput: found\n"
    (project / "pipelines" / "nothing.yaml").write_text(reads)
    app = open_app()
    assert not app.exception
    assert [button.label for button in app.button] == ["One\\?", "Both\\?"]


@pytest.mark.parametrize(("page", "address", "noun"), [(None, "use", "pipeline"), ("pipelines", "file", "file")])
def test_a_link_to_what_is_not_there_says_so(
    open_app, project: Path, page: str | None, address: str, noun: str
) -> None:
    app = open_app(page, **{address: "gone"})
    assert not app.exception
    assert f"The link names the {noun} gone, which is not here." in app.warning[0].value
    assert not open_app(page, **{address: "nothing.yaml"}).warning


def test_a_question_is_answered_and_survives_a_reload(open_app, project: Path) -> None:
    app = ask(open_app(), "What is there?")
    assert not app.exception
    assert "What is there?" in everything(app)
    chat = app.query_params["chat"]
    again = open_app(chat=chat)
    assert "What is there?" in everything(again)
    rows = TraceStore(project / ".ragkit" / "traces.db").list()
    assert [row.question for row in rows] == ["What is there?"]
    ask(again, "And then?")
    assert [message.name for message in again.chat_message] == ["user", "assistant"] * 2


def test_a_verdict_is_stored_and_can_be_changed(open_app, project: Path) -> None:
    app = ask(open_app(), "What is there?")
    app.get("button_group")[0].set_value("wrong evidence").run()
    app.get("button_group")[0].set_value("helpful").run()
    said = TraceStore(project / ".ragkit" / "traces.db").get("last").feedback
    assert [(each.name, each.label) for each in said] == [("feedback", "wrong evidence"), ("feedback", "helpful")]


def test_a_pipeline_with_errors_shows_them_with_their_lines(open_app, project: Path) -> None:
    (project / "pipelines" / "nothing.yaml").write_text(EMPTY.replace("top_k", "top_q"))
    app = open_app()
    assert not app.exception
    assert "nothing.yaml:4" in app.code[0].value
    assert "'select.top_q'" in app.code[0].value
    mended = next(link for link in app.get("page_link") if "in the editor" in link.proto.label)
    assert mended.proto.query_string == "file=nothing.yaml"
    ask(app, "What is there?")
    assert not app.exception
    assert "nothing.yaml:4" in everything(app)
    chat = app.query_params["chat"]
    (project / "pipelines" / "nothing.yaml").write_text(EMPTY)
    ask(open_app(chat=chat), "And now?")
    messages = open_app(chat=chat).chat_message  # what failed before stands above what was answered since
    assert [message.name for message in messages] == ["user", "assistant"] * 2
    assert "nothing.yaml:4" in messages[1].code[0].value
    assert not messages[3].code


def test_a_pipeline_of_another_folder_cannot_be_named(open_app, project: Path) -> None:
    (project / "secret.yaml").write_text(EMPTY.replace("nothing", "secret"))
    app = open_app(use="../secret.yaml")
    assert not app.exception
    assert app.selectbox(key="use").value == "nothing.yaml"


def test_a_conversation_that_is_none_is_an_empty_page(open_app) -> None:
    for name in ("../../ragkit", CHAT, "<script>"):
        app = open_app(chat=name)
        assert not app.exception
        assert "What would you like to know?" in everything(app)


def test_answers_and_failures_are_drawn_from_the_store(open_app, stored, project: Path) -> None:
    from ui.chats import Chats

    chats = Chats(project / ".ragkit" / "chats")
    chats.add(CHAT, stored(adaptive_run(question=HOSTILE)).id, "adaptive-k.yaml")
    chats.add(CHAT, stored(nested_run()).id, "nested.yaml")
    chats.add(CHAT, "f" * 32, "gone.yaml")
    app = open_app(chat=CHAT)
    assert not app.exception
    seen = everything(app)
    assert any(text.value == HOSTILE for text in app.text)
    assert "kept 3 of 8" in seen.replace("\\", "")
    assert "step 'answer' (generate.answer) failed" in seen
    assert len(app.get("button_group")) == 1  # there is nothing to say of an answer that is none
    assert "there is no trace" in seen
    [quote] = blocks(app)
    assert "<mark" in quote
    assert "Passage 0 says" in quote


def test_what_an_answer_cites_without_quoting_shows_the_closest_sentence_as_that(
    open_app, store: TraceStore, project: Path
) -> None:
    from ui.chats import Chats

    passage = {
        "id": "p0",
        "doc_id": "d",
        "title": "T",
        "text": "It is old. The cut is at the largest gap.",
        "scores": {},
    }
    other = {**passage, "id": "p1", "text": f"Whales {HOSTILE} sing."}
    cited = [{"number": n, "passage_id": f"p{n - 1}", "doc_id": "d", "quote": None, "start": None, "end": None}
             for n in (1, 2)]  # fmt: skip
    run = adaptive_run()
    run.result = {**run.result, "passages": [passage, other], "citations": cited,
                  "answer": "The largest gap is where it cuts [1]. Nobody knows more [2]."}  # fmt: skip
    store.commit(run)
    Chats(project / ".ragkit" / "chats").add(CHAT, run.id, "adaptive-k.yaml")
    app = open_app(chat=CHAT)
    assert not app.exception
    [near] = blocks(app)
    assert re.search(r"It is old\. <mark[^>]*underline[^>]*>The cut is at the largest gap\.</mark>", near)
    told = [caption.value for caption in app.caption]
    assert any("Underlined is the closest sentence by shared words" in text for text in told)
    assert any("no sentence of the passage shares two words" in text for text in told)


def test_a_question_that_the_app_was_stopped_in_is_still_there(open_app, stored, project: Path) -> None:
    from ui.chats import Chats

    chats = Chats(project / ".ragkit" / "chats")
    chats.begin(CHAT, "r1", HOSTILE, "nothing.yaml").text("Half an **answer**")
    chats.add(CHAT, stored(adaptive_run()).id, "adaptive-k.yaml")
    app = open_app(chat=CHAT)
    assert not app.exception
    assert {HOSTILE, "Half an **answer**"} <= {text.value for text in app.text}
    assert "the app was stopped meanwhile" in app.warning[0].value
    ask(app, "And then?")
    assert [message.name for message in app.chat_message] == ["user", "assistant"] * 3


def test_read_only_asks_and_stores_nothing(open_app, stored, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.chats import Chats

    monkeypatch.setenv("RAGKIT_UI_READ_ONLY", "1")
    Chats(project / ".ragkit" / "chats").add(CHAT, stored(adaptive_run()).id, "adaptive-k.yaml")
    app = open_app(chat=CHAT)
    assert not app.exception
    assert app.chat_input[0].disabled
    assert not app.get("button_group")
    assert "Read-only" in everything(app)


def test_no_project_says_how_to_make_one(open_app, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_PROJECT", str(tmp_path / "nowhere"))
    app = open_app()
    assert not app.exception
    assert "which is not a folder" in everything(app)


def overlay_of(project: Path, name: str, k: int, profile: str = "", levels: str = "") -> None:
    """A pipeline whose ``k`` is open, and an overlay that sets it."""
    from ragkit.components.catalogue import Catalogue
    from ragkit.spec.load import load

    text = EMPTY.replace("k: 3", "k: {choice: [3, 5], default: 3}").replace("name: nothing", "name: open")
    if profile:
        text += f"slo: {{{profile}: [{levels}], best: []}}\n"
    (project / "pipelines" / "open.yaml").write_text(text)
    plan = load(project / "pipelines" / "open.yaml", catalogue=Catalogue(), corpora=project / "corpora")
    more = f"profile: {profile}\nlevels: [{levels}]\n" if profile else ""
    (project / "pipelines" / name).write_text(
        f"version: 1\npipeline: open\nhash: {plan.hash}\n{more}values:\n  kept.k: {k}\n"
    )


def test_an_overlay_is_no_pipeline_and_can_be_laid_over_one(open_app, project: Path) -> None:
    overlay_of(project, "mine.yaml", 5)
    app = open_app(use="open.yaml")
    assert not app.exception
    assert app.selectbox(key="use").options == ["nothing.yaml", "open.yaml"]
    assert (app.selectbox(key="variant").label, app.selectbox(key="variant").options) == ("Overlay", ["mine.yaml"])
    app.selectbox(key="variant").select("mine.yaml").run()
    ask(app, "What is there?")
    assert not app.exception
    trace = TraceStore(project / ".ragkit" / "traces.db").get("last").trace
    assert trace.spans[0].params["k"] == 5
    assert str(trace.conditions["overlay"]).endswith("mine.yaml")
    assert not app.get("badge")
    assert "profile" not in everything(app)


@pytest.mark.parametrize(
    ("level", "told"), [("p95_seconds < 60", "kept"), ("p95_seconds < 1e-06", "not kept"), ("recall > 0.5", "kept")]
)
def test_a_profile_is_offered_with_its_levels_and_a_run_says_whether_it_kept_them(
    open_app, project: Path, level: str, told: str
) -> None:
    overlay_of(project, "open.fast.yaml", 5, "fast", level)
    app = open_app(use="open.yaml", overlay="fast")
    assert not app.exception
    box = app.selectbox(key="variant")
    assert (box.label, box.value) == ("Profile", "fast")
    assert box.options == [f"fast: {level}", "best: no limit (not tuned)"]
    ask(app, "What is there?")
    assert not app.exception
    trace = TraceStore(project / ".ragkit" / "traces.db").get("last").trace
    assert (trace.spans[0].params["k"], trace.conditions["profile"]) == (5, "fast")
    assert any(f"profile fast: {told}]" in text.value for text in app.markdown)
    assert ("⚠ the profile 'fast' promises" in everything(app)) is (told == "not kept")
    assert any(f"profile fast: {told}]" in text.value for text in open_app("traces", trace=trace.id).markdown)


def test_a_profile_that_was_not_tuned_says_how(open_app, project: Path) -> None:
    overlay_of(project, "open.fast.yaml", 5, "fast")
    app = open_app(use="open.yaml", overlay="best")
    assert not app.exception
    assert "the profile 'best' has not been tuned" in everything(app)
    assert any("ragkit optimize" in code.value for code in app.code)
    assert not app.chat_input


def test_the_overlay_of_a_profile_is_no_link_out_of_the_project(open_app, project: Path, tmp_path: Path) -> None:
    overlay_of(project, "open.fast.yaml", 5, "fast")
    (project / "pipelines" / "open.fast.yaml").rename(tmp_path / "elsewhere.yaml")
    (project / "pipelines" / "open.fast.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    app = open_app(use="open.yaml", overlay="fast")
    assert "lies outside the project" in everything(app)
    assert not app.chat_input


def test_a_pipeline_without_overlays_offers_none(open_app, project: Path) -> None:
    overlay_of(project, "mine.yaml", 5)
    app = open_app(use="nothing.yaml", overlay="mine.yaml")
    assert not app.exception
    assert [box.label for box in app.selectbox] == ["Pipeline"]


def test_an_overlay_of_an_earlier_pipeline_says_so(open_app, project: Path) -> None:
    overlay_of(project, "mine.yaml", 5)
    text = (project / "pipelines" / "open.yaml").read_text()
    (project / "pipelines" / "open.yaml").write_text(text.replace("default: 3", "default: 5"))
    app = open_app(use="open.yaml", overlay="mine.yaml")
    ask(app, "What is there?")
    assert not app.exception
    assert "hash" in everything(app) or "earlier" in everything(app)


@pytest.mark.parametrize("text", ["hash: x\n", "version: 1\nhash: [\n", "hash: 1\nvalues: 2\npipeline: {}\n"])
def test_a_broken_overlay_does_no_harm(open_app, project: Path, text: str) -> None:
    (project / "pipelines" / "broken.yaml").write_text(text)
    app = open_app()
    assert not app.exception
    assert app.selectbox(key="use").options == ["nothing.yaml"]
