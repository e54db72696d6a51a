"""The Corpus page: documents, one of them, the map, uploads; and every state in which there is nothing yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.trace.store import TraceStore
from ragkit.types import Passage, Passages
from tests.corpus.corpora import document
from ui.corpora import Entry
from ui.views import corpus_map, upload
from ui.views import document as document_view

from ..trace.samples import Recorder
from .conftest import HOSTILE, everything, parsed, run_until

pytestmark = pytest.mark.slow


def plain(app) -> str:
    return everything(app).replace("\\", "")


def links(app) -> list[str]:
    return [link.proto.label.replace("\\", "") for link in app.get("page_link")]


def test_a_project_without_a_corpus_offers_to_add_documents(open_app: Callable) -> None:
    app = open_app("corpus")
    assert not app.exception
    assert "This project has no corpus yet" in everything(app)
    assert "Add and index" in [button.label for button in app.button]


def test_a_corpus_without_an_index_says_how_to_build_it(open_app: Callable, project: Path) -> None:
    (project / "corpora" / "bare.yaml").write_text("source: {kind: text, path: x}\nchunks: {kind: sentences}\n")
    app = open_app("corpus")
    assert not app.exception
    assert "has no index yet" in everything(app)
    assert "ragkit index bare" in everything(app)
    assert [button.label for button in app.button] == ["Build the index"]


def test_a_broken_corpus_file_shows_its_errors(open_app: Callable, project: Path) -> None:
    (project / "corpora" / "broken.yaml").write_text("sauce: 1\n")
    app = open_app("corpus")
    assert not app.exception
    assert "sauce" in everything(app)


def test_a_build_that_fails_says_why(open_app: Callable, notes: Path) -> None:
    text = "source: {kind: text, path: gone}\nchunks: {kind: sentences}\nencoder: {model: tiny}\n"
    (notes / "corpora" / "bare.yaml").write_text(text)
    app = open_app("corpus")
    app.button[0].click().run()
    run_until(app, lambda: "Something went wrong" in everything(app))
    assert not app.exception
    assert "gone" in plain(app)


def test_documents_are_a_table_that_can_be_searched(open_app: Callable, notes: Path) -> None:
    app = open_app("corpus")
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) == 24
    assert table["title"][3] == document(3)["title"]
    assert {"tags", "year", "passages", "characters", "id"} <= set(table.columns)
    app.text_input(key="find").input("PART 7").run()
    assert app.dataframe[0].value["title"][0] == document(7)["title"]
    app.text_input(key="find").input("zzzz").run()
    assert "No document matches" in app.info[0].value


def test_a_short_table_has_no_empty_rows() -> None:
    assert document_view.height(10) == "auto"
    assert document_view.height(11) == 420


def test_a_document_is_opened_by_its_name(open_app: Callable, notes: Path) -> None:
    app = open_app("corpus")
    app.selectbox(key="corpus-open").select("d5").run()
    assert not app.exception
    assert app.query_params["doc"] in ("d5", ["d5"])
    assert document(5)["title"] in plain(app)
    assert document(5)["text"] in [text.value for text in app.text]


def test_a_document_shows_its_neighbours_and_the_questions_that_met_it(open_app: Callable, notes: Path) -> None:
    record = Recorder(question="which study?")
    passage = Passage("d5#0", "d5", "t", "x", {"cosine": 0.5})
    record.step("found", "retrieve.dense", kind="RETRIEVER", outputs={"passages": Passages([passage], "cosine")})
    met = record.finish()
    met.result = {**(met.result or {}), "passages": [{"id": "d5#0", "doc_id": "d5", "title": "t", "text": "x",
                                                      "scores": {"cosine": 0.5}}]}  # fmt: skip
    missed = Recorder(question="another one").finish()
    with TraceStore(notes / ".ragkit" / "traces.db") as store:
        store.commit_many([met, missed])
    app = open_app("corpus", doc="d5")
    assert not app.exception
    assert "which study? · reached the answer" in links(app)
    assert not any("another one" in link for link in links(app))
    near = [link for link in links(app) if " · 0." in link or " · 1." in link]
    assert len(near) == 10
    assert not any(document(5)["title"] in link for link in near)


def test_a_document_that_is_not_there_says_so(open_app: Callable, notes: Path) -> None:
    app = open_app("corpus", doc="../../etc/passwd")
    assert not app.exception
    assert "has the id '../../etc/passwd'" in plain(app)


def test_the_map_is_made_once_and_kept(open_app: Callable, notes: Path) -> None:
    app = open_app("corpus", view="Map", ask="which study measures ranking?")
    assert not app.exception
    assert "Circled: the 10 documents nearest" in plain(app)
    kept = list((notes / ".ragkit" / "maps" / "notes").iterdir())
    assert [file.suffix for file in kept] == [".npz"]
    app.text_input(key="ask").input("").run()
    assert "Circled" not in plain(app)
    assert list((notes / ".ragkit" / "maps" / "notes").iterdir()) == kept


def test_the_map_shows_what_a_run_took(open_app: Callable, notes: Path) -> None:
    run = Recorder(question="which study?").finish()
    run.result = {"passages": [{"id": "d2#0", "doc_id": "d2", "title": "", "text": "x", "scores": {}}]}
    with TraceStore(notes / ".ragkit" / "traces.db") as store:
        store.commit(run)
    app = open_app("corpus", view="Map", trace=run.id)
    assert not app.exception
    assert f"what reached the answer of run {run.id[:8]}" in plain(app)


def test_hostile_documents_stay_text(open_app: Callable, notes: Path) -> None:
    for params in ({}, {"doc": f"d{HOSTILE}"}, {"view": "Map"}, {"find": HOSTILE}):
        app = open_app("corpus", **params)
        assert not app.exception
        read = [*(m.value for m in app.markdown), *(c.value for c in app.caption), *(e.label for e in app.expander)]
        read += [*(s.value for s in app.subheader), *(link.proto.label for link in app.get("page_link"))]
        for value in read:
            assert not set(parsed(value)) & {"html_inline", "html_block", "link_open", "image", "heading_open"}, value


def test_read_only_adds_and_builds_nothing(open_app: Callable, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_UI_READ_ONLY", "1")
    (project / "corpora" / "bare.yaml").write_text("source: {kind: text, path: x}\nchunks: {kind: sentences}\n")
    assert open_app("corpus").button[0].disabled
    app = open_app("corpus", view="Add documents")
    assert "read-only" in app.info[0].value
    assert not app.button


@pytest.mark.parametrize(
    ("name", "said"), [("mine", "no file was chosen"), ("My docs", "no file was chosen"), ("", "no file was chosen")]
)
def test_an_upload_without_files_says_what_to_do(open_app: Callable, project: Path, name: str, said: str) -> None:
    app = open_app("corpus")
    app.text_input(key="corpus-name").input(name)
    app.button[0].click().run()
    assert not app.exception
    assert said in plain(app)
    assert list((project / "corpora").iterdir()) == []


def test_an_upload_becomes_a_corpus(open_app: Callable, notes: Path) -> None:
    app = open_app("corpus", view="Add documents")
    app.text_input(key="corpus-name").input("mine")
    uploader = app.get("file_uploader")[0]
    uploader.set_value([("a.md", b"# Whales\n\nWhales sing in the sea.", "text/markdown")])
    app.button[0].click().run()
    run_until(app, lambda: bool(app.success) or "Something went wrong" in plain(app), seconds=180)
    assert not app.exception
    assert "“mine” is ready: 1 document and 1 passage." in [said.value for said in app.success]
    assert "Ask it" in links(app)
    assert (notes / "pipelines" / "mine.yaml").is_file()
    next(button for button in app.button if button.label == "Look at it").click().run()
    assert not app.exception
    assert "Whales" in app.dataframe[0].value["title"][0]


def entry(number: int, value: str) -> Entry:
    return Entry(number, f"d{number}", f"title {number}", 1, 10, {"tag": value})


def test_rare_values_share_a_colour() -> None:
    import numpy as np

    from ui.atlas import Atlas

    entries = [entry(number, f"tag {number % 12}" if number < 24 else "usual") for number in range(40)]
    places = np.zeros((40, 2), np.float32)
    groups = corpus_map.grouped(Atlas(np.arange(40), places, places, places), entries, "tag")
    assert next(iter(groups)) == "usual"
    assert len(groups["usual"]) == 16
    assert "other" in groups
    assert sum(map(len, groups.values())) == 40
    assert corpus_map.grouped(Atlas(np.arange(40), places, places, places), entries, None).keys() == {"documents"}


def test_titles_on_the_map_are_never_html() -> None:
    chart = corpus_map.chart({}, (0.0, 0.0), ["gone"], {})
    assert chart["tooltip"]["renderMode"] == "richText"


def test_progress_in_words() -> None:
    from ragkit.corpus.progress import BuildProgress

    assert upload.told(None) == (0.0, "Beginning")
    share, text = upload.told(BuildProgress("encoding", 5, 20, "texts", seconds_left=3.0))
    assert share == 0.25
    assert text == "Turning passages into vectors: 5 of 20 texts, 3.00 s left"
    assert upload.told(BuildProgress("encoding", 5, 20, "texts", seconds_left=0.2))[1].endswith("of 20 texts")
    assert upload.told(BuildProgress("waiting", message="process 7")) == (0.0, "Waiting for another build: process 7")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"no PDF"), ("a.md", b""), ("a.jsonl", b'{"id": '), ("a.csv", b"\xff\xfe\x00\x01"), ("a.txt", b"\x00")],
)
def test_an_upload_of_which_nothing_can_be_read_says_why_and_leaves_nothing(
    open_app: Callable, notes: Path, name: str, content: bytes
) -> None:
    app = open_app("corpus", view="Add documents")
    app.text_input(key="corpus-name").input("mine")
    app.get("file_uploader")[0].set_value([(name, content, "application/octet-stream")])
    app.button[0].click().run()
    run_until(app, lambda: bool(app.success) or "Something went wrong" in plain(app))
    assert not app.exception
    said = plain(app)
    assert name in said or content == b""
    assert "No corpus “mine” was made. Mend the files, and add them again." in said
    assert [path.name for path in (notes / "corpora").glob("mine*")] == []
    assert not (notes / "pipelines" / "mine.yaml").exists()
    app.get("file_uploader")[0].set_value([("b.md", b"# Whales\n\nWhales sing.", "text/markdown")])
    app.button[0].click().run()
    run_until(app, lambda: bool(app.success) or "Something went wrong" in plain(app))
    assert [text.value for text in app.success] == ["“mine” is ready: 1 document and 1 passage."]
