from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ragkit.components.select.top_k import TopK

PIPELINE = "pipelines/empty.yaml"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is on fire")


def test_json_is_the_result_document_and_nothing_else(ragkit: Callable, project: Path) -> None:
    shown = ragkit("run", PIPELINE, "What is it?", "--json")
    assert shown.exit_code == 0
    document = json.loads(shown.stdout)
    assert document["question"] == "What is it?"
    assert document["answer"] is None
    assert document["passages"] == []
    assert document["error"] is None
    assert document["pipeline"]["name"] == "nothing"
    assert set(document) == {
        "question", "answer", "abstained", "citations", "passages", "route", "routes", "decisions", "warnings",
        "stopped", "error", "usage", "trace_id", "pipeline", "conditions",
    }  # fmt: skip


def test_a_person_reads_the_result_and_what_to_do_next(ragkit: Callable, project: Path) -> None:
    shown = ragkit("run", PIPELINE, "What is it?")
    assert shown.stdout == "no passages\n\nwhy: kept 0 of 0: there was nothing to choose from\n"
    assert "ragkit trace show " in shown.stderr


def test_the_question_can_come_from_stdin(ragkit: Callable, project: Path) -> None:
    shown = ragkit("run", PIPELINE, "-", "--json", text="\ufeff What is it?\n\n")
    assert json.loads(shown.stdout)["question"] == "What is it?"


@pytest.mark.parametrize(("question", "text"), [("", None), ("  \n", None), ("-", ""), ("-", " \n")])
def test_an_empty_question_is_an_error_of_usage(
    ragkit: Callable, project: Path, question: str, text: str | None
) -> None:
    shown = ragkit("run", PIPELINE, question, text=text)
    assert shown.exit_code == 2
    assert "is empty" in shown.stderr


def test_a_question_that_is_not_text_is_an_error_of_usage(ragkit: Callable, project: Path) -> None:
    shown = ragkit("run", PIPELINE, "a\udcffb")
    assert shown.exit_code == 2
    assert "the question is not valid UTF-8 text" in shown.stderr


def test_inputs_reach_the_pipeline(ragkit: Callable, project: Path) -> None:
    shallow, deep = (
        json.loads(ragkit("run", PIPELINE, "x", "--input", f"depth={depth}", "--json").stdout)
        for depth in ("no", "deep")
    )
    assert [d["step"] for d in shallow["decisions"]] == ["kept"]
    assert [d["step"] for d in deep["decisions"]] == ["kept", "deep"]
    shown = ragkit("run", PIPELINE, "x", "--input", "depht=deep")
    assert shown.exit_code == 2
    assert "did you mean 'depth'?" in shown.stderr


def test_trace_tells_the_story_on_stderr(ragkit: Callable, project: Path) -> None:
    shown = ragkit("run", PIPELINE, "x", "--trace", "--json")
    json.loads(shown.stdout)
    assert "select.top_k" in shown.stderr
    assert "skipped" in shown.stderr


def test_a_step_that_fails_is_three_and_leaves_its_trace(
    ragkit: Callable, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TopK, "run", fail)
    shown = ragkit("run", PIPELINE, "x")
    assert shown.exit_code == 3
    assert shown.stdout == ""
    assert "step 'kept' (select.top_k) failed: RuntimeError: the disk is on fire" in shown.stderr
    assert "ragkit trace show" in shown.stderr
    shown = ragkit("run", PIPELINE, "x", "--json")
    assert shown.exit_code == 3
    assert json.loads(shown.stdout)["error"]["step"] == "kept"
    rows = json.loads(ragkit("trace", "list", "--failed", "--json").stdout)
    assert [row["outcome"] for row in rows] == ["failed", "failed"]


def test_without_a_project_the_error_says_how_to_make_one(ragkit: Callable, alone: Path) -> None:
    shown = ragkit("run", "alone.yaml", "x")
    assert shown.exit_code == 2
    assert "ragkit init" in shown.stderr


def test_no_build_makes_a_missing_index_an_error(
    ragkit: Callable, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGKIT_HOME", str(tmp_path / "state"))
    shown = ragkit("run", repository / "pipelines" / "naive.yaml", "x", "--no-build")
    assert shown.exit_code == 3
    assert "the index of corpus 'papers' is missing" in shown.stderr
    assert "ragkit index papers" in shown.stderr


@pytest.mark.parametrize(
    "verb", [["run", "nope.yaml", "What?"], ["chat", "nope.yaml"], ["eval", "nope.yaml", "-d", "q"]]
)
def test_a_file_that_is_not_there_outside_of_a_project_is_told_of_as_that(
    ragkit: Callable, folder: Path, verb: list[str]
) -> None:
    (folder / "q").write_text('{"id": "a", "question": "What?"}\n')
    shown = ragkit(*verb)
    assert shown.exit_code == 2
    assert "nope.yaml: there is no such file" in shown.stderr
    assert "ragkit.toml" not in shown.stderr
