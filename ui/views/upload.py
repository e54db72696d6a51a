"""Documents of one's own: the form that takes them, and how far their index is."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ragkit.corpus.progress import BuildProgress
from ragkit.errors import UsageError
from ragkit.trace.words import counted, duration, visible
from ui import corpora, data, state, uploads
from ui.builds import Build
from ui.views import problem

_STAGES = {
    "waiting": "Waiting for another build", "reading": "Reading the documents", "preparing": "Loading the encoder",
    "encoding": "Turning passages into vectors", "writing": "Writing", "bm25": "Indexing words",
    "storing": "Storing vectors", "checking": "Checking the new index", "publishing": "Publishing it",
}  # fmt: skip
_NAME = "corpus-name"


def draw() -> None:
    """The form, and the build that it began."""
    if state.read_only():
        st.info("The app is read-only: documents can be looked at, not added.", icon=":material/lock:")
        return
    st.caption("The files become a corpus of their own, and a pipeline of the same name asks it. Nothing else changes.")
    with st.form("corpus-upload"):
        name = st.text_input("Name of the new corpus", key=_NAME, placeholder="my-documents", max_chars=40)
        files = st.file_uploader(
            "Documents: CSV, HTML, JSON Lines, Markdown, PDF or text; "
            f"at most {uploads.MOST_FILES} files and {uploads.MOST_MEGABYTES} MB together",
            list(uploads.SUFFIXES), accept_multiple_files=True, key="corpus-files",
            max_upload_size=uploads.MOST_MEGABYTES_EACH,
        )  # fmt: skip
        if st.form_submit_button("Add and index", type="primary", icon=":material/upload:"):
            try:
                owner, new = data.project(), name.strip()
                uploads.check_files([(file.name, file.size) for file in files])
                uploads.write(owner, new, ((file.name, file.getvalue()) for file in files))
            except UsageError as error:
                problem.show_error(error)
            else:
                st.session_state["corpus-added"] = new
                corpora.builds().start(corpora.corpus(new), partial(uploads.take_back, owner, new))
    added = st.session_state.get("corpus-added")
    if added is not None:
        progress(added)


def progress(name: str) -> None:
    """How far the build of a corpus is, from half-second to half-second; nothing where none was begun."""
    build = corpora.builds().of(name)
    if build is None:
        return
    if build.done:
        _ended(build)
        return

    @st.fragment(run_every=0.5)
    def follow() -> None:
        if build.done:
            st.rerun()
        share, text = told(build.progress)
        st.progress(share, text=text)

    follow()


def told(progress: BuildProgress | None) -> tuple[float, str]:
    """How much of a stage is done, from 0 to 1, and that in words."""
    if progress is None:
        return 0.0, "Beginning"
    text = _STAGES[progress.stage]
    if progress.message:
        text += f": {visible(progress.message)}"
    if not progress.total:
        return 0.0, text
    text += f": {progress.done:,} of {progress.total:,} {progress.unit}"
    if progress.seconds_left is not None and progress.seconds_left >= 1:
        text += f", {duration(progress.seconds_left * 1e9)} left"
    return min(progress.done / progress.total, 1.0), text


def _ended(build: Build) -> None:
    if build.error is not None:
        problem.show_error(build.error)
        if build.taken_back:
            st.caption(f"No corpus “{build.corpus}” was made. Mend the files, and add them again.")
        return
    report = build.report
    assert report is not None
    counts = f"{counted(report.documents, 'document')} and {counted(report.passages, 'passage')}"
    st.success(f"“{build.corpus}” is ready: {counts}.", icon=":material/check:")
    for warning in report.warnings:
        st.text(f"⚠ {visible(warning)}")
    with st.container(horizontal=True):
        st.button("Look at it", icon=":material/library_books:", on_click=_look, args=(build.corpus,))
        if f"{build.corpus}.yaml" in data.pipelines():
            st.page_link(
                "screens/chat.py", label="Ask it", icon=":material/chat:",
                query_params={state.CHAT_PIPELINE: f"{build.corpus}.yaml"},
            )  # fmt: skip


def _look(corpus: str) -> None:
    """Shows a corpus; a link to the page that one is on would leave its widgets as they are."""
    st.session_state[state.CORPUS], st.session_state[state.CORPUS_VIEW] = corpus, state.CORPUS_VIEWS[0]
