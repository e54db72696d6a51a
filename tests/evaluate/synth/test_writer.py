"""What an LM writes is taken only where it is true of the documents, and what is asked of it is counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ragkit.errors import LMError, UsageError
from ragkit.evaluate.synth.synthesise import Wanted, rows, synthesise
from ragkit.evaluate.synth.writer import ONE, Writer
from ragkit.lm.cache import ResponseCache
from ragkit.lm.registry import in_process
from ragkit.testing import Fault, ScriptedLM
from tests.evaluate.synth.corpora import library

MODEL = "scripted/writer"


def honest(asked: Any) -> dict[str, Any]:
    """Writes about the longest sentence, and copies from it."""
    if "passages" in asked.messages[-1]["content"].split("\n")[0]:
        return {"answered": "salinity" in asked.field("question")}
    if "second" in asked.messages[-1]["content"]:
        first, second = asked.field("first"), asked.field("second")
        one, two = (max(text.split("\n")[1].split(". "), key=len).rstrip(".") for text in (first, second))
        answer = " ".join(one.split()[-2:])
        return {"first_evidence": one, "second_evidence": two, "answer": answer,
                "question": f"Comparing what is told of {' '.join(two.split()[:4])}, which one is it?"}  # fmt: skip
    title, text = asked.field("title"), asked.field("text")
    sentence = max(text.split(". "), key=len).rstrip(".")
    if "evidence" not in asked.messages[0]["content"]:
        return {"question": f"Who paid for the work on {title.partition(':')[0].lower()}?"}
    answer = " ".join(sentence.split()[-2:])
    asked_for = " ".join(sentence.split()[1:-2]).rstrip(",")
    return {"evidence": sentence, "answer": f"{answer}.", "question": f"What comes after {asked_for} in the end there?"}


@pytest.fixture
def lm() -> Iterator[ScriptedLM]:
    with in_process(MODEL, ScriptedLM(honest)) as scripted:
        yield scripted


def made(writer: Writer, **wanted: Any) -> Any:
    return synthesise(library(), Wanted(**{"n": 8, **wanted}), writer=writer)  # type: ignore[arg-type]


def test_what_it_writes_comes_first_and_the_rest_is_made_by_rules(lm: ScriptedLM) -> None:
    writer = Writer(MODEL)
    report = made(writer, kinds=("single",), n=20)
    written = [kept.draft for kept in report.kept if kept.draft.method == "written"]
    assert 3 <= len(written) <= 7
    assert len(report.kept) > len(written)
    assert all(draft.answers[0] in draft.evidence[0] for draft in written)
    assert ONE.instructions in lm.requests[0].messages[0]["content"]
    assert writer.card["requests"] == len(lm.requests)
    assert writer.card["prompt_tokens"] > 0
    assert writer.card["failed"] == 0


def test_two_documents_and_near_misses(lm: ScriptedLM) -> None:
    report = made(Writer(MODEL), kinds=("multi", "unanswerable"), n=8)
    written = [kept.draft for kept in report.kept if kept.draft.method == "written"]
    by_kind = {kind: [draft for draft in written if draft.kind == kind] for kind in ("multi", "unanswerable")}
    assert by_kind["multi"]
    assert all(len(draft.gold_ids) == len(draft.evidence) == 2 for draft in by_kind["multi"])
    assert by_kind["unanswerable"]
    assert all(draft.gold_ids == () and len(draft.made_from) == 1 for draft in by_kind["unanswerable"])
    assert any("answered" in asked.messages[0]["content"] for asked in lm.requests)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda said: {**said, "evidence": "It was never said."}, "evidence-not-in-gold"),
        (lambda said: {**said, "answer": "a whale"}, "answer-not-in-gold"),
        (lambda said: {**said, "question": f"{said['question'][:-1]} by {said['answer']}?"}, "answer-in-question"),
        (lambda said: {**said, "question": f"In this paper, {said['question']}"}, "deictic"),
    ],
)
def test_what_is_not_true_is_dropped(change: Callable[[dict[str, Any]], dict[str, Any]], reason: str) -> None:
    with in_process(MODEL, ScriptedLM(lambda asked: change(honest(asked)))):
        report = made(Writer(MODEL), kinds=("single",))
    assert report.dropped[reason] >= 5
    assert all(kept.draft.method != "written" for kept in report.kept)


def test_what_the_passages_answer_is_no_near_miss() -> None:
    def knows(asked: Any) -> dict[str, Any]:
        said = honest(asked)
        return {"answered": True} if "answered" in said else said

    with in_process(MODEL, ScriptedLM(knows)):
        report = made(Writer(MODEL), kinds=("unanswerable",), n=3)
    assert all(kept.draft.method != "written" for kept in report.kept)


def test_no_more_requests_than_are_allowed(lm: ScriptedLM) -> None:
    writer = Writer(MODEL, most=2)
    made(writer, kinds=("single",))
    assert len(lm.requests) == writer.card["requests"] == 2


def test_one_failure_is_counted_and_all_are_an_error() -> None:
    faults = iter([Fault("auth", "no such key")])
    with in_process(MODEL, ScriptedLM(lambda asked: next(faults, None) or honest(asked))):
        writer = Writer(MODEL)
        made(writer, kinds=("single",))
    assert writer.card["failed"] == 1
    assert "no such key" in writer.card["first_error"]
    with (
        in_process(MODEL, ScriptedLM(lambda asked: Fault("auth", "no such key"))),
        pytest.raises(LMError, match="no such key"),
    ):
        made(Writer(MODEL), kinds=("single",))


def test_answers_that_are_known_are_not_asked_for_again(lm: ScriptedLM, tmp_path: Path) -> None:
    first = made(Writer(MODEL, ResponseCache(tmp_path / "responses.db")), kinds=("single",))
    asked = len(lm.requests)
    again = made(Writer(MODEL, ResponseCache(tmp_path / "responses.db")), kinds=("single",))
    assert len(lm.requests) == asked > 0
    assert list(rows(first.kept)) == list(rows(again.kept))


def test_no_model_string() -> None:
    with pytest.raises(UsageError, match="'gpt' is no model string"):
        Writer("gpt")


def test_on_the_command_line(ragkit_data: Callable[..., Any], lm: ScriptedLM, tmp_path: Path) -> None:
    shown = ragkit_data("--lm", MODEL, "--max-calls", "5", "--kinds", "single", "--n", "6")
    assert shown.exit_code == 0, shown.output
    card = json.loads((tmp_path / "made.jsonl.card.json").read_text("utf-8"))
    assert card["lm"]["model"] == MODEL
    assert card["lm"]["requests"] == len(lm.requests) == 5
    assert f"{MODEL} wrote" in (tmp_path / "made.jsonl.card.md").read_text("utf-8")
    assert ragkit_data("--max-calls", "5").exit_code == 2
    assert ragkit_data("--lm", "gpt", "--force").exit_code == 2


@pytest.fixture
def ragkit_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    from typer.testing import CliRunner

    from ragkit.cli.main import app

    monkeypatch.chdir(tmp_path)
    (tmp_path / "ragkit.toml").touch()
    monkeypatch.setattr("ragkit.cli.data._reader", lambda corpus, project, no_build: library())
    return lambda *arguments: CliRunner().invoke(app, ["data", "synth", "notes", "--out", "made.jsonl", *arguments])
