"""Answers of an LM on the command line: whole, piece by piece, and in a conversation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragkit.cli.live import LiveAnswer
from ragkit.testing import Fault, ScriptedLM, in_process

PIPELINE = """\
version: 1
name: asks
lm: scripted/lm
steps:
  standalone: {use: lm.predict, signature: "history, question -> asked"}
  answer: {use: lm.predict, signature: "passages, asked -> answer: Answer", passages: {value: []}, asked: standalone}
output: answer
"""


@pytest.fixture
def lm(project: Path) -> Iterator[ScriptedLM]:
    (project / "pipelines" / "asks.yaml").write_text(PIPELINE)

    def rule(asked):
        if "asked" in asked.wanted:
            return {"asked": f"{asked.field('question')} ({asked.field('history')})"}
        question = asked.field("asked")
        if "fail" in question:
            return Fault("auth", "no such key")
        return {"answer": "It cites [7] wrongly." if "wrong" in question else f"You asked: {question}\x1b[2J"}

    scripted = ScriptedLM(rule)
    with in_process("scripted/lm", scripted):
        yield scripted


def pieces(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    write = LiveAnswer.__call__

    def spy(self: LiveAnswer, piece: str) -> None:
        seen.append(piece)
        write(self, piece)

    monkeypatch.setattr(LiveAnswer, "__call__", spy)
    return seen


def test_run_asks_the_lm_and_says_what_it_spent(ragkit: Callable, lm: ScriptedLM) -> None:
    document = json.loads(ragkit("run", "pipelines/asks.yaml", "Why?", "--json", "--stream").stdout)
    assert document["answer"] == "You asked: Why? ((nothing before))\x1b[2J"
    assert document["usage"]["lm_calls"] == 2
    assert document["usage"]["cost"] is None
    assert document["conditions"]["models"] == {"scripted/lm": "scripted/lm"}


def test_a_streamed_answer_reads_like_one_that_is_printed(
    ragkit: Callable, lm: ScriptedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ragkit("run", "pipelines/asks.yaml", "Why?")
    seen = pieces(monkeypatch)
    live = ragkit("run", "pipelines/asks.yaml", "Why?", "--stream")
    assert live.stdout == plain.stdout
    assert len(seen) > 3
    assert "\x1b" not in live.stdout


def test_an_answer_that_is_changed_when_it_is_checked_is_shown_again(ragkit: Callable, lm: ScriptedLM) -> None:
    shown = ragkit("run", "pipelines/asks.yaml", "wrong?", "--stream")
    assert shown.stdout.startswith("It cites [7] wrongly.\nIt cites wrongly.\n")
    assert "this is what holds" in shown.stderr
    assert "cited [7]" in shown.stderr


def test_a_pipe_is_not_streamed_unless_asked(ragkit: Callable, lm: ScriptedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pieces(monkeypatch)
    ragkit("run", "pipelines/asks.yaml", "Why?")
    assert seen == []
    monkeypatch.setattr("ragkit.cli.console.is_terminal", lambda stream: True)
    ragkit("run", "pipelines/asks.yaml", "Why?")
    assert seen
    seen.clear()
    ragkit("run", "pipelines/asks.yaml", "Why?", "--no-stream")
    assert seen == []


def test_an_lm_that_refuses_ends_the_run_with_three_and_says_what_to_do(ragkit: Callable, lm: ScriptedLM) -> None:
    shown = ragkit("run", "pipelines/asks.yaml", "fail", "--stream")
    assert shown.exit_code == 3
    assert "step 'answer' (lm.predict) failed: the LM 'scripted/lm' refuses the key (401): no such key" in shown.stderr
    assert "api_key_env" in shown.stderr


def test_a_conversation_hands_on_its_turns(ragkit: Callable, lm: ScriptedLM) -> None:
    shown = ragkit("chat", "pipelines/asks.yaml", "-q", "--stream", text="first\nsecond\n")
    assert "You asked: first ((nothing before))" in shown.stdout
    assert "You asked: second (user: first assistant: You asked: first" in " ".join(shown.stdout.split())


def test_steps_and_a_streamed_answer_do_not_share_a_line(ragkit: Callable, lm: ScriptedLM) -> None:
    shown = ragkit("chat", "pipelines/asks.yaml", "--stream", text="first\n")
    assert shown.output.count("You asked: first") == 1
    answered = next(line for line in shown.output.splitlines() if "You asked: first" in line)
    assert "lm.predict" not in answered
    assert any("lm.predict" in line for line in shown.output.splitlines())


def test_a_pipeline_without_an_lm_says_how_to_set_one(ragkit: Callable, project: Path) -> None:
    (project / "pipelines" / "none.yaml").write_text(PIPELINE.replace("lm: scripted/lm", "lm: ${RAGKIT_LM:-}"))
    shown = ragkit("run", "pipelines/none.yaml", "Why?")
    assert shown.exit_code == 2
    assert "lm.predict needs an LM and none is set" in shown.stderr


def test_the_environment_names_the_lm(
    ragkit: Callable, lm: ScriptedLM, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pipelines" / "none.yaml").write_text(PIPELINE.replace("lm: scripted/lm\n", ""))
    monkeypatch.setenv("RAGKIT_LM", "scripted/lm")
    assert "You asked" in ragkit("run", "pipelines/none.yaml", "Why?").stdout
