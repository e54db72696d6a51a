"""Conversations as they are kept: what ended, what is being answered, what could not begin, and damaged files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.errors import UsageError

CHAT = "0123456789abcdef"


def chats(tmp_path: Path, **options):
    from ui.chats import Chats

    return Chats(tmp_path / "chats", **options)


def test_what_is_being_answered_can_be_read_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.chats._EVERY", 0.0)
    kept = chats(tmp_path)
    asked = kept.begin(CHAT, "r1", "Why?", "talk.yaml")
    asked.text("Because ")
    [exchange] = kept.read(CHAT)
    assert (exchange.question, exchange.written, exchange.trace, exchange.run) == ("Why?", "Because ", None, "r1")
    asked.text("so.")
    asked.ended("t1")
    kept.begin(CHAT, "r2", "And?", "talk.yaml")
    first, second = kept.read(CHAT)
    assert (first.trace, first.written) == ("t1", "Because so.")
    assert (second.question, second.trace, second.error) == ("And?", None, None)
    assert kept.latest() == [(CHAT, first)]


def test_an_answer_is_not_written_down_with_every_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.chats._EVERY", 3600.0)
    kept = chats(tmp_path)
    asked = kept.begin(CHAT, "r1", "Why?", "talk.yaml")
    for word in "abcdef":
        asked.text(word)
    asked.ended("t1")
    assert kept.read(CHAT)[0].written == "abcdef"
    assert len((tmp_path / "chats" / f"{CHAT}.jsonl").read_text().splitlines()) <= 4


def test_what_could_not_begin_says_why(tmp_path: Path) -> None:
    kept = chats(tmp_path)
    kept.begin(CHAT, "r1", "Why?", "talk.yaml").failed(UsageError("no key", hint="export KEY=…", place="talk.yaml:3"))
    kept.begin(CHAT, "r2", "Why?", "talk.yaml").failed(ZeroDivisionError("by zero"))
    first, second = kept.read(CHAT)
    assert first.error == {"message": "no key", "hint": "export KEY=…", "place": "talk.yaml:3"}
    assert (second.error or {})["message"] == "ZeroDivisionError: by zero"


def test_without_content_neither_question_nor_answer_is_kept(tmp_path: Path) -> None:
    kept = chats(tmp_path, content=False)
    asked = kept.begin(CHAT, "r1", "A secret?", "talk.yaml")
    asked.text("Secretly.")
    asked.ended("t1")
    assert "ecret" not in (tmp_path / "chats" / f"{CHAT}.jsonl").read_text()
    assert [exchange.trace for exchange in kept.read(CHAT)] == ["t1"]


def test_damaged_and_earlier_lines_do_no_harm(tmp_path: Path) -> None:
    kept = chats(tmp_path)
    (tmp_path / "chats").mkdir()
    lines = ['{"trace": "t1", "pipeline": "a.yaml", "at": 1.0}', '{"trace": "t2", "pipeline": "a.yaml", "at": 2.0}',
             "[1]", '{"run": "r9", "text": "of nothing"}', '{"run": "r8"}', '{"run": "r7", "question"']  # fmt: skip
    (tmp_path / "chats" / f"{CHAT}.jsonl").write_text("\n".join(lines))
    assert [(exchange.trace, exchange.at) for exchange in kept.read(CHAT)] == [("t1", 1.0), ("t2", 2.0)]


def test_a_folder_that_cannot_be_written_to_is_told_with_what_mends_it(tmp_path: Path) -> None:
    (tmp_path / "chats").touch()
    with pytest.raises(UsageError, match="cannot be written") as told:
        chats(tmp_path).begin(CHAT, "r1", "Why?", "talk.yaml")
    assert "RAGKIT_HOME" in (told.value.hint or "")
