from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.components.select.top_k import TopK
from ragkit.engine import Pipeline

PIPELINE = "pipelines/empty.yaml"


def test_a_piped_conversation_gives_its_answers_on_stdout(ragkit: Callable, project: Path) -> None:
    shown = ragkit("chat", PIPELINE, text="first\n\nsecond\n/passages\n/trace\n")
    assert shown.exit_code == 0
    assert shown.stdout.count("why: kept 0 of 0") == 2
    assert "no passages" in shown.stdout
    assert "select.top_k" in shown.stdout
    assert "> " not in shown.stdout
    assert "kept" in shown.stderr


def test_quiet_shows_no_steps(ragkit: Callable, project: Path) -> None:
    assert ragkit("chat", PIPELINE, "--quiet", text="first\n").stderr == ""


def test_commands(ragkit: Callable, project: Path) -> None:
    shown = ragkit("chat", PIPELINE, "-q", text="/trace\n/help\n/pasages\n/new\n/quit\nnever asked\n")
    assert shown.stdout == ""
    assert "ask something first" in shown.stderr
    assert "/passages  the passages" in shown.stderr
    assert "unknown command '/pasages'; did you mean '/passages'?" in shown.stderr
    assert "a new conversation" in shown.stderr


def test_each_question_sees_the_turns_before_it(
    ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    run = Pipeline.run

    def spy(self: Pipeline, question: str, **rest: object) -> object:
        seen.append((question, [(turn.role, turn.text) for turn in rest["history"]]))
        return run(self, question, **rest)

    monkeypatch.setattr(Pipeline, "run", spy)
    ragkit("chat", PIPELINE, "-q", text="first\nsecond\n/new\nthird\n")
    assert seen == [("first", []), ("second", [("user", "first")]), ("third", [])]


def test_a_failed_question_ends_a_pipe_with_three_but_not_the_conversation(
    ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TopK.run

    def sometimes(self: TopK, passages: object) -> object:
        if sometimes.calls == 0:
            sometimes.calls += 1
            raise RuntimeError("boom")
        return run(self, passages)

    sometimes.calls = 0
    sometimes.__annotations__ = run.__annotations__
    monkeypatch.setattr(TopK, "run", sometimes)
    shown = ragkit("chat", PIPELINE, "-q", text="first\nsecond\n")
    assert shown.exit_code == 3
    assert "boom" in shown.stderr
    assert shown.stdout.count("why: ") == 1


def test_input_that_is_not_text_is_an_error_of_usage(ragkit: Callable, project: Path) -> None:
    shown = ragkit("chat", PIPELINE, text=b"first\n\xff\xfe\n")
    assert shown.exit_code == 2
    assert "is not valid utf-8 text" in shown.stderr
