"""Corpus: its documents, one of them by its link, a map with a question on it, and documents of one's own."""

from __future__ import annotations

import streamlit as st

from ragkit.corpus.reader import Reader
from ragkit.errors import IndexMissing, TraceError, UsageError
from ragkit.trace.looking import LOOKED_INTO
from ragkit.trace.stored import TraceRow
from ragkit.trace.words import counted, one_line
from ui import corpora, data, state
from ui.views import corpus_map, document, problem, upload
from ui.views.text import label

_VIEWS = state.CORPUS_VIEWS
_LISTED, _MET, _TAKEN = 500, 12, 10


def page() -> None:
    """A choice of corpus and view; the document that the address names stands alone."""
    st.title("Corpus", anchor=False)
    names = corpora.names()
    if not names:
        st.info("This project has no corpus yet: add documents here, or run `ragkit init` in a terminal.")
        upload.draw()
        return
    problem.not_here(state.CORPUS, names, "corpus")
    with st.container(horizontal=True, vertical_alignment="bottom", key="beside-boxes"):
        name = st.selectbox("Corpus", names, key=state.CORPUS, bind="query-params", width=320)
        view = st.segmented_control(
            "Show", _VIEWS, default=_VIEWS[0], key=state.CORPUS_VIEW, bind="query-params", required=True
        )  # fmt: skip
    if view == _VIEWS[2]:
        upload.draw()
        return
    try:
        reader = corpora.corpus(name).reader()
    except IndexMissing as error:
        _missing(name, error)
        return
    manifest = reader.manifest
    st.caption(
        f"{counted(manifest.documents, 'document')}, {counted(manifest.passages, 'passage')} · "
        f"{label(reader.encoder)} · version {label(reader.version)}"
    )
    wanted = state.asked_for(state.DOCUMENT)
    if wanted is not None:
        st.query_params[state.DOCUMENT] = wanted  # a link from a list that was searched would keep the search alone
        _one(reader, wanted)
    elif view == _VIEWS[1]:
        _map(reader)
    else:
        _list(reader)


def _missing(name: str, error: IndexMissing) -> None:
    st.info("This corpus has no index yet: build it here or in a terminal.", icon=":material/info:")
    st.code(error.hint or f"ragkit index {name}", language="bash")
    if st.button("Build the index", icon=":material/build:", disabled=state.read_only()):
        corpora.builds().start(corpora.corpus(name))
    upload.progress(name)


def _list(reader: Reader) -> None:
    text = st.text_input(
        "Search titles, metadata and words", key=state.CORPUS_TEXT, bind="query-params", icon=":material/search:"
    )
    found = corpora.search(reader, text) if text.strip() else corpora.entries(reader)
    if not found:
        st.info("No document matches. Take some words away to see more.", icon=":material/search_off:")
        return
    # A choice is told apart by its words, and two documents may have one title.
    titles = {entry.id: f"{one_line(entry.title, 120)} · {entry.id}".lstrip(" ·") for entry in found[:_LISTED]}
    event = st.dataframe(
        document.table(found), hide_index=True, key="corpus-table", on_select="rerun", selection_mode="single-row",
        height=document.height(len(found)), alt=f"A table of {counted(len(found), 'document')}",
        column_config={"title": st.column_config.TextColumn(width="large")},
    )  # fmt: skip
    st.caption(f"{counted(len(found), 'document')}{' that match, the closest first' if text.strip() else ''}.")
    rows = event.selection.rows
    if rows and rows[0] < len(found):
        _open(found[rows[0]].id)
    st.selectbox(
        "Open a document", titles, None, key="corpus-open", format_func=lambda id: titles.get(id, id),
        placeholder="Choose one, or mark its row in the table", on_change=_opened,
    )  # fmt: skip


def _opened() -> None:
    chosen = st.session_state.get("corpus-open")
    if chosen is not None:
        st.query_params[state.DOCUMENT] = chosen


def _open(id: str) -> None:
    st.query_params[state.DOCUMENT] = id
    st.rerun()


def _one(reader: Reader, wanted: str) -> None:
    st.page_link(
        "screens/corpus.py", label="All documents", icon=":material/arrow_back:",
        query_params={state.CORPUS: reader.name},
    )  # fmt: skip
    try:
        found = dict(reader.document(wanted))
    except UsageError as error:
        problem.show_error(error)
        return
    document.head(found)
    text, around = st.columns([3, 2], gap="medium")
    with text:
        st.subheader("Passages", anchor=False)
        document.passages(corpora.passages(reader, found))
    with around:
        st.subheader("Questions that met it", anchor=False)
        document.questions(_questions(wanted), LOOKED_INTO)
        st.page_link(
            "screens/traces.py", label="All runs that met it", icon=":material/list:",
            query_params={state.DOCUMENT: wanted},
        )  # fmt: skip
    st.subheader("Near to it", anchor=False)
    document.neighbours(corpora.neighbours(reader, found), reader.name)


def _questions(id: str) -> list[tuple[TraceRow, bool | None]]:
    """The latest runs in which a step met a document, and whether it reached the answer."""
    store = data.store()
    found: list[tuple[TraceRow, bool | None]] = []
    for row in [] if store is None else store.list(_MET, document=id):
        assert store is not None
        try:
            result = store.get(row.id).trace.result or {}
        except TraceError:
            found.append((row, None))
        else:
            found.append((row, any(passage["doc_id"] == id for passage in result.get("passages") or ())))
    return found


def _map(reader: Reader) -> None:
    entries = corpora.entries(reader)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field = st.selectbox(
            "Coloured by", reader.manifest.metadata_keys, key=state.CORPUS_FIELD, bind="query-params", width=220
        )
        question = st.text_input(
            "Place a question", key=state.CORPUS_QUESTION, bind="query-params", icon=":material/help:"
        )
    atlas = corpora.atlas(reader)
    place, taken, told = None, list[str](), ""
    trace = state.asked_for(state.TRACE)
    if trace is not None:
        question, taken, told = _of_run(trace)
    if question.strip():
        vector = reader.encode([question.strip()])
        x, y = atlas.place(vector)[0].tolist()
        place = (x, y)
        if trace is None:
            near = corpora.nearest(reader, vector[0], _TAKEN)
            taken = [each.id for each in near]
            told = f"Circled: the {len(near)} documents nearest to the question by cosine."
    clicked = corpus_map.draw(atlas, entries, field, place, taken)
    if clicked is not None:
        _open(clicked)
    if told:
        st.caption(told)
    drawn = len(atlas.documents)
    part = "" if drawn == len(entries) else f" {drawn:,} of {len(entries):,} documents are drawn."
    st.caption(
        "Documents that mean similar things stand together; distances between groups say little. Click at a document "
        f"to open it, turn the wheel to come nearer.{part}"
    )


def _of_run(trace: str) -> tuple[str, list[str], str]:
    """The question of a run, the documents whose passages reached its answer, and that in words."""
    store = data.store()
    try:
        stored = None if store is None else store.get(trace)
    except TraceError as error:
        problem.show_error(error)
        return "", [], ""
    if stored is None:
        return "", [], ""
    taken = [passage["doc_id"] for passage in (stored.trace.result or {}).get("passages") or ()]
    return (
        stored.trace.question,
        taken,
        (f"Circled: what reached the answer of run {stored.row.id[:8]}, “{label(stored.trace.question, 200)}”"),
    )


page()
