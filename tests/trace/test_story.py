"""``trace show``: the whole text of two runs is golden; the rest are rules that hold for any run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.trace.model import Trace
from ragkit.trace.record import from_document, to_document
from ragkit.trace.story import story
from ragkit.types import Passages

from .samples import QUESTION, START, Recorder, adaptive_run, answer_from, nested_run, passage, ranked

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def fixed(trace: Trace) -> Trace:
    trace.id = "4f2a91c0" * 4
    return trace


@pytest.mark.parametrize("name", ["adaptive", "nested"])
def test_the_story_is_the_golden_text(name: str) -> None:
    trace = fixed(adaptive_run() if name == "adaptive" else nested_run())
    assert story(trace, width=100) + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_every_step_is_told_with_its_time_and_its_reason() -> None:
    trace = nested_run()
    told = story(trace, width=200)
    for span in trace.spans:
        assert span.use in told
    assert told.count("was skipped: its condition does not hold: same.unchanged") == 4
    assert told.count("round 2") == 2
    assert "element 2      “who chose it”" in told
    assert "branch 'multi'" in told
    assert "1  ↑2  cross 5  Title 0" in told
    assert "try: set RAGKIT_LM" in told


def test_colour_is_added_and_nothing_else() -> None:
    trace = nested_run()
    coloured = story(trace, color=True)
    assert coloured != story(trace)
    assert [line.rstrip() for line in ANSI.sub("", coloured).splitlines()] == story(trace).splitlines()


def test_the_whole_is_told_when_it_is_asked_for() -> None:
    trace = adaptive_run(kept=3, pool=12)
    assert "… and 7 more" in story(trace)
    whole = story(trace, full=True)
    assert "more\n" not in whole
    for number in range(12):
        assert f"Passage {number} says" in whole


@pytest.mark.parametrize("width", [40, 60, 100, 200])
@pytest.mark.parametrize("make", [adaptive_run, nested_run])
def test_no_line_is_wider_than_the_terminal(width: int, make: type[Trace]) -> None:
    assert max(map(len, story(make(), width=width).splitlines())) <= width


def test_documents_and_models_cannot_write_to_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;title\x07 [bold red]x[/] \u202ereversed \x9b31m"
    record = Recorder(question=evil)
    bad = Passages([passage(1, cosine=0.5)], "cosine")
    bad = Passages([type(bad[0])(evil, evil, evil, evil, {"cosine": 0.5})], "cosine")
    record.step("hits", "retrieve.dense", outputs={"passages": bad}, inputs={"query": evil + "?"}, warnings=(evil,))
    record.step("gone", "retrieve.dense", status="skipped", reason=evil)
    record.step("answer", "generate.answer", outputs={"answer": answer_from(bad, evil)}, status="failed",
                error={"message": evil})  # fmt: skip
    for full in (False, True):
        told = story(record.finish(stopped=evil), full=full)
        assert "[bold red]x[/]" in told
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)


def test_an_unfinished_run_says_so() -> None:
    begun = Trace("ab" * 16, QUESTION, {"name": "p"}, START)
    assert "The run never ended" in story(begun)
    assert "unfinished · no end recorded" in story(begun)
    assert "running" in story(begun, outcome="running")
    assert "never ended" not in story(begun, outcome="running")


def test_an_abstention_and_uncited_passages_are_told() -> None:
    trace = adaptive_run()
    assert "2 more passages reached the answer and are not cited" in story(trace)
    trace.result |= {"abstained": True, "answer": "Not found; closest was Title 0.", "citations": []}
    told = story(trace)
    assert "No answer\nNot found; closest was Title 0." in told
    assert "3 passages reached the answer and are not cited" in told


def test_a_run_without_answer_lists_its_passages() -> None:
    record = Recorder()
    record.step("hits", "retrieve.dense", outputs={"passages": ranked(2)})
    told = story(record.finish(passages=[{"id": "a", "doc_id": "d", "title": "T", "text": "x", "scores": {}}]))
    assert "Passages\n  1  T (d)" in told


def test_what_was_not_kept_is_not_invented() -> None:
    sink: dict[str, bytes] = {}
    trace = from_document(to_document(adaptive_run(), sink, content=False), sink)
    told = story(trace)
    assert "its texts were not kept" in told
    assert "kept 3 of 8" in told
    assert "Adaptive" not in told.replace("adaptive-k", "").replace("select.adaptive_k", "")


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=50)
def test_any_text_can_be_told(question: str, reason: str) -> None:
    record = Recorder(question=question)
    record.step("a", "x.y", status="skipped", reason=reason, inputs={"text": reason}, outputs={"text": question})
    assert story(record.finish(answer=reason)).count("skipped") >= 1


def test_rich_is_loaded_only_when_a_story_is_told() -> None:
    code = "import sys, ragkit.trace.story; print('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
