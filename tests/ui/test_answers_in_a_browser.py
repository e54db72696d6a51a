"""Answers of an LM in a real browser, from a server over HTTP: streamed, followed up, touched, and broken off."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.testing import Asked, ChatServer, Said
from ragkit.testing.script import chat_format, pieces
from ragkit.trace.store import TraceStore

from .browsing import MARKS, PATIENCE, ask, choose, settle
from .conftest import OVER_NOTES

pytestmark = MARKS
WORDS = "Ranking was measured first [1], then counted again with other readers [2]."
TALK = """\
version: 1
name: talk
corpus: notes
lms:
  here: {{model: openai/any, api_base: '{api_base}', retries: 0, timeout: 60, price: {{input: 1000, output: 2000}}}}
lm: here
steps:
  standalone: {{use: query.condense}}
  found: {{use: retrieve.hybrid, question: standalone, k: 4}}
  answer: {{use: generate.answer, question: standalone, passages: found}}
output: answer
"""


class Gate:
    """Lets a stream through as far as the test has come."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.open()

    def open(self) -> None:
        """Lets everything through."""
        self._set(None, False)

    def hold_at(self, words: str) -> None:
        """Lets the answer through to the end of these words."""
        self._set(len(pieces(chat_format({"answer": words}).rpartition("\n\n")[0])), False)

    def break_off(self) -> None:
        """Ends the stream where it stands."""
        self._set(self._most, True)

    def __call__(self, piece: int) -> None:
        """What the server asks before each piece."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._most is None or piece < self._most or self._broken, PATIENCE)
            if not arrived or self._broken:
                raise ConnectionError

    def _set(self, most: int | None, broken: bool) -> None:
        with self._changed:
            self._most, self._broken = most, broken
            self._changed.notify_all()


def said(asked: Asked) -> Said:
    """A rule: follow-ups are put into whole sentences, questions answered."""
    if "standalone_question" in asked.wanted:
        return Said({"standalone_question": "Who counted ranking again?"}, usage=(50, 10))
    return Said({"answer": WORDS}, usage=(200, 25))


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def lm(gate: Gate, folder: Path) -> Iterator[ChatServer]:
    """The server that the pipeline ``talk.yaml`` asks."""
    with ChatServer(said, before_piece=gate) as server:
        (folder / "pipelines" / "talk.yaml").write_text(TALK.format(api_base=server.api_base))
        yield server
        gate.open()


@pytest.fixture(scope="module")
def folder(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = Path(shutil.copytree(library, tmp_path_factory.mktemp("talked") / "project"))
    quoted = "{use: generate.extractive, passages: found, threshold: 0.0}"
    (copy / "pipelines" / "quoted.yaml").write_text(OVER_NOTES.format(name="quoted", selector=quoted))
    return copy


def test_an_answer_streams_and_nothing_that_one_touches_loses_it(at, lm: ChatServer, gate: Gate, folder: Path) -> None:
    gate.hold_at("Ranking was measured")
    page = at("/?use=talk.yaml")
    ask(page, "Which study measures ranking?")
    written = page.get_by_test_id("stText").filter(has_text=re.compile(r"^Ranking was measured$"))
    written.wait_for()
    page.get_by_text("found: kept 4").or_(page.get_by_text(re.compile("found: "))).first.wait_for()
    gate.hold_at("Ranking was measured first [1], then counted")
    more = page.get_by_test_id("stText").filter(
        has_text=re.compile(r"^Ranking was measured first \[1\], then counted$")
    )
    more.wait_for()
    choose(page, "Pipeline", "five.yaml", rest=False)
    more.wait_for()
    page.reload()
    more.wait_for()
    assert page.get_by_placeholder("Ask a question").is_disabled()
    other = at("/?" + page.url.partition("?")[2], rest=False)
    other.get_by_text("then counted").first.wait_for()
    gate.open()
    for each in (page, other):
        each.get_by_text(WORDS, exact=True).first.wait_for()
        each.get_by_role("link", name="Why this answer?").wait_for()
        each.get_by_text("1 LM call · 200 + 25 LM tokens · $0.25").first.wait_for()
        assert each.get_by_text(WORDS, exact=True).count() == 1
    page.get_by_text("[2]", exact=True).first.click()
    second = TraceStore(folder / ".ragkit" / "traces.db").get("last").trace.result["passages"][1]
    page.get_by_test_id("stExpander").get_by_text(second["text"], exact=True).locator("visible=true").first.wait_for()
    assert len(lm.requests) == 1


def test_a_numbered_quote_opens_its_passage_with_the_quoted_words_marked(at, folder: Path) -> None:
    page = at("/?use=quoted.yaml")
    ask(page, "What does study 3 say of encoding?")
    page.get_by_role("link", name="Why this answer?").wait_for()
    result = TraceStore(folder / ".ragkit" / "traces.db").get("last").trace.result
    quote = result["citations"][0]["quote"]
    page.get_by_text("[1]", exact=True).first.click()
    page.locator("mark", has_text=quote).locator("visible=true").wait_for()


def test_a_follow_up_is_asked_in_context(at, lm: ChatServer) -> None:
    page = at("/?use=talk.yaml")
    ask(page, "Which study measures ranking?")
    page.get_by_role("link", name="Why this answer?").wait_for()
    ask(page, "And who counted it again?")
    page.get_by_role("link", name="Why this answer?").nth(1).wait_for()
    settle(page)
    first, condensed, second = lm.requests
    assert first.field("question") == "Which study measures ranking?"
    assert "Which study measures ranking?" in (condensed.field("conversation") or "")
    assert WORDS in (condensed.field("conversation") or "")
    assert condensed.field("question") == "And who counted it again?"
    assert second.field("question") == "Who counted ranking again?"
    page.get_by_text("2 LM calls · 250 + 35 LM tokens · $0.32").first.wait_for()


def test_a_server_that_dies_leaves_what_it_wrote_and_the_next_question_works(at, lm: ChatServer, gate: Gate) -> None:
    page = at("/?use=talk.yaml")
    gate.hold_at("Ranking was measured")
    ask(page, "Which study measures ranking?")
    page.get_by_text("Ranking was measured", exact=True).first.wait_for()
    gate.break_off()

    def shown() -> None:
        page.get_by_text("Something went wrong").first.wait_for()
        page.get_by_text("It broke off here").first.wait_for()
        page.get_by_text("Ranking was measured", exact=True).first.wait_for()
        page.get_by_text(lm.api_base).first.wait_for()
        assert page.get_by_text("Traceback").count() == 0

    shown()
    page.reload()
    settle(page)
    shown()
    gate.open()
    ask(page, "Is anybody there?")
    page.get_by_text(WORDS, exact=True).first.wait_for()  # a page that is drawn anew has it twice for a moment
    settle(page)
    shown()
    assert page.get_by_text(WORDS, exact=True).count() == 1
    assert lm.requests[-1].field("question") == "Is anybody there?"  # a question that failed is no context
    page.get_by_role("link", name="Why this answer?").first.click()
    page.get_by_text("Find in this run").first.wait_for()
    page.get_by_role("heading", name="Error").wait_for()


def test_a_server_that_is_not_there_is_told_with_its_address(at, lm: ChatServer, folder: Path) -> None:
    text = (folder / "pipelines" / "talk.yaml").read_text()
    (folder / "pipelines" / "gone.yaml").write_text(text.replace(lm.api_base, "http://127.0.0.1:9/v1"))
    page = at("/?use=gone.yaml")
    ask(page, "Is anybody there?")
    page.get_by_text("Something went wrong").first.wait_for()
    page.get_by_text("http://127.0.0.1:9/v1").first.wait_for()
    settle(page)
    assert page.get_by_placeholder("Ask a question").is_enabled()
