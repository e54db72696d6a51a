"""Evaluations from end to end, with components that need no model: what is run, kept, gone on with, and reported."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ragkit.engine import Pipeline
from ragkit.errors import EvaluationError, UsageError
from ragkit.evaluate.evaluation import Evaluated, evaluate
from ragkit.evaluate.progress import Progress
from ragkit.evaluate.questions import QuestionSet, read_questions
from ragkit.evaluate.results import Results
from ragkit.evaluate.runner import LM_PORTION, Runner
from ragkit.evaluate.settings import Settings
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.trace.store import TraceStore
from tests.engine.parts import CATALOGUE

STEPS = """
  text: {use: t.fail, text: question, on: bad}
  found: {use: t.search, query: text, n: 5}
  best: {use: t.keep, passages: found, k: 2}
  answer: {use: t.ids, passages: best}
output: answer
"""
DATA = [
    {"id": "first", "question": "one", "answers": ["p1"], "gold_ids": ["d1"], "kind": "single"},
    {"id": "second", "question": "two", "answers": ["p2"], "gold_ids": ["d2"], "kind": "single"},
    {"id": "cut", "question": "three", "answers": ["p4"], "gold_ids": ["d4"], "kind": "single"},
    {"id": "both", "question": "four", "answers": ["p1"], "gold_ids": ["d1", "d2"], "kind": "multi"},
    {"id": "fails", "question": "bad", "answers": ["p1"], "gold_ids": ["d1"], "kind": "single"},
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def pipeline(project: Project, steps: str = STEPS, top: str = "", **options: Any) -> Pipeline:
    text = f"version: 1\nname: toy\n{top}\nsteps:{steps}"
    plan = load_text(text, str(project.root / "toy.yaml"), base=project.root, catalogue=CATALOGUE)
    return Pipeline(plan, **options)


def questions(project: Project, data: Sequence[dict[str, Any]] = DATA) -> QuestionSet:
    file = project.root / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in data))
    return read_questions(file)


def asked(running: Pipeline, monkeypatch: pytest.MonkeyPatch, stop_after: int | None = None) -> list[str]:
    """Every question that the pipeline is asked from now on; the run is interrupted before question ``stop_after``."""
    seen: list[str] = []
    run_batch: Callable[..., Any] = running.run_batch

    def watched(portion: Sequence[dict[str, Any]]) -> Any:
        if stop_after is not None and len(seen) >= stop_after:
            raise KeyboardInterrupt
        seen.extend(each["question"] for each in portion)
        return run_batch(portion)

    monkeypatch.setattr(running, "run_batch", watched)
    return seen


def stop(project: Project, monkeypatch: pytest.MonkeyPatch, after: int = 2) -> None:
    running = pipeline(project, batch_size=2)
    asked(running, monkeypatch, stop_after=after)
    with pytest.raises(KeyboardInterrupt):
        evaluate(running, questions(project), project=project)


def told(found: Evaluated) -> dict[str, Any]:
    """What a report says, without what is another number on each run."""
    report = json.loads(json.dumps(found.report))
    for each in (each for of in report["failed"].values() for each in of):
        each["trace_id"] = "?"
    for name in ("started", "seconds", "resumed"):
        report["conditions"][name] = "?"
    report["usage"]["seconds"] = "?"
    return report


def test_what_was_asked_is_measured(project: Project) -> None:
    found = evaluate(pipeline(project), questions(project), project=project)
    report = found.report
    assert report["n"] == 5
    assert report["errors"] == 1
    assert report["kinds"] == {"multi": 1, "single": 4}
    assert report["metrics"]["recall@1"]["mean"] == pytest.approx((1 + 0 + 0 + 0.5 + 0) / 5)
    assert report["metrics"]["recall@2"] == {
        "mean": pytest.approx(3 / 5), "low": pytest.approx(0.2), "high": 1.0, "n": 5
    }  # fmt: skip
    assert report["by_kind"]["multi"]["recall@1"]["mean"] == 0.5
    assert report["steps"]["found"]["recall@5"]["mean"] == 1.0
    assert report["steps"]["best"]["recall@5"]["mean"] == 0.75
    assert report["causes"] == {"cut_by_selector": 1}
    assert [each["id"] for each in report["failed"]["cut_by_selector"]] == ["cut"]
    assert [each["id"] for each in report["failed"]["error"]] == ["fails"]
    assert report["usage"]["retrieval_calls"] == 4
    assert set(report["baselines"]) == {"best"}
    assert not found.all_failed


def test_every_row_is_a_result_document_with_its_question_and_its_measures(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    evaluate(pipeline(project), questions(project), project=project, rows=file)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["id"] for row in rows] == [each["id"] for each in DATA]
    first = rows[0]
    assert first["answers"] == ["p1"]
    assert first["gold_ids"] == ["d1"]
    assert first["kind"] == "single"
    assert first["answer"] == "p1 p2"
    assert [passage["id"] for passage in first["passages"]] == ["p1", "p2"]
    assert first["metrics"]["recall@1"] == 1.0
    assert first["steps"]["found"]["recall@1"] == 1.0
    assert first["cause"] is None
    assert first["cached"] == 0
    assert rows[2]["cause"]["cause"] == "cut_by_selector"
    assert rows[2]["cause"]["step"] == "best"
    assert rows[2]["cause"]["rank"] == 4
    assert rows[4]["error"]["step"] == "text"
    assert rows[4]["cause"] is None
    assert rows[4]["metrics"]["recall@10"] == 0.0


def test_the_trace_of_every_row_is_stored(project: Project, tmp_path: Path) -> None:
    with TraceStore(tmp_path / "traces.db") as store:
        found = evaluate(pipeline(project, store=store), questions(project), project=project)
        for row in found.rows:
            assert store.get(row["trace_id"]).trace.question == row["question"]


def test_the_result_is_kept_as_last_and_under_its_name(project: Project) -> None:
    found = evaluate(pipeline(project), questions(project), project=project, save="before")
    results = Results(project.state)
    assert set(results.names()) == {"before", "last"}
    for name in ("before", "last"):
        saved = results.load(name)
        assert saved.report == found.report
        assert [row["id"] for row in saved.rows()] == [each["id"] for each in DATA]
    assert list((results.folder / ".running").glob("*/rows.jsonl")) == []


def test_a_name_that_is_taken_is_refused_before_anything_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(pipeline(project), questions(project), project=project, save="before")
    running = pipeline(project)
    seen = asked(running, monkeypatch)
    with pytest.raises(UsageError, match="there is a result 'before' already"):
        evaluate(running, questions(project), project=project, save="before")
    assert seen == []
    evaluate(running, questions(project), project=project, save="before", force=True)


def test_a_stopped_evaluation_goes_on_where_it_was(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(project, monkeypatch)
    running = pipeline(project, batch_size=2)
    seen = asked(running, monkeypatch)
    told_on_the_way: list[Progress] = []
    found = evaluate(running, questions(project), project=project, progress=told_on_the_way.append)
    assert seen == ["three", "four", "bad"]
    assert found.report["conditions"]["resumed"] == 2
    assert told_on_the_way[0].message == "going on: 2 of 5 questions were finished before the stop"
    assert told_on_the_way[-1].done == 5
    whole = evaluate(pipeline(project, batch_size=2), questions(project), project=project)
    assert told(found) == told(whole)
    assert whole.report["conditions"]["resumed"] == 0, "what is finished leaves no journal"


def test_fresh_runs_everything_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(project, monkeypatch)
    running = pipeline(project, batch_size=2)
    seen = asked(running, monkeypatch)
    evaluate(running, questions(project), project=project, fresh=True)
    assert len(seen) == 5


def test_a_question_whose_run_failed_is_not_finished(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    data = [DATA[4], *DATA[:4]]
    running = pipeline(project, batch_size=2)
    asked(running, monkeypatch, stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        evaluate(running, questions(project, data), project=project)
    again = pipeline(project, batch_size=2)
    seen = asked(again, monkeypatch)
    found = evaluate(again, questions(project, data), project=project)
    assert seen == ["bad", "two", "three", "four"], "'one' was finished, 'bad' was not"
    assert [row["id"] for row in found.rows] == [each["id"] for each in data]


@pytest.mark.parametrize("change", ["pipeline", "data", "choice of questions", "inputs", "mode"])
def test_another_evaluation_does_not_go_on_from_this_one(
    project: Project, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    stop(project, monkeypatch)
    top = "inputs: {tone: {type: str, default: calm}}" if change == "inputs" else ""
    running = pipeline(project, STEPS.replace("k: 2", "k: 3") if change == "pipeline" else STEPS, top, batch_size=2)
    asking = questions(project, [*DATA[:4], {**DATA[4], "note": "new"}] if change == "data" else DATA)
    if change == "choice of questions":
        asking = read_questions(asking.path, kinds=["single"])
    settings = Settings(single=change == "mode", inputs={"tone": "loud"} if change == "inputs" else {})
    found = evaluate(running, asking, project=project, settings=settings)
    assert found.report["conditions"]["resumed"] == 0


def test_the_same_evaluation_does_not_run_twice_at_once(project: Project) -> None:
    def meanwhile(report: Progress) -> None:
        if report.done == 2:
            with pytest.raises(EvaluationError, match=f"process {os.getpid()}"):
                evaluate(pipeline(project, batch_size=2), questions(project), project=project)
            seen.append(report)

    seen: list[Progress] = []
    evaluate(pipeline(project, batch_size=2), questions(project), project=project, progress=meanwhile)
    assert seen


def test_only_questions_that_ran_singly_have_seconds_of_their_own(project: Project) -> None:
    batch = evaluate(pipeline(project), questions(project), project=project).report
    assert batch["metrics"]["p50_seconds"] == {"mean": None, "low": None, "high": None, "n": 0}
    assert batch["conditions"]["mode"] == "batch"
    single = evaluate(pipeline(project), questions(project), project=project, settings=Settings(single=True)).report
    assert single["metrics"]["p50_seconds"]["n"] == 4, "a run that failed says nothing of how long one takes"
    assert 0 < single["metrics"]["p50_seconds"]["mean"] <= single["metrics"]["p95_seconds"]["mean"]
    assert single["conditions"]["batch_size"] == 1
    assert single["metrics"]["recall@2"] == batch["metrics"]["recall@2"]


def test_service_levels_are_held_against_what_was_measured(project: Project) -> None:
    top = "slo: {good: [recall@2 > 0.9], fast: [context_tokens < 100, p95_seconds < 60]}"
    found = evaluate(pipeline(project, top=top), questions(project), project=project).report["slo"]
    assert {name: [of["kept"] for of in levels] for name, levels in found.items()} == {
        "good": [False], "fast": [True, None]
    }  # fmt: skip
    single = Settings(single=True)
    found = evaluate(pipeline(project, top=top), questions(project), project=project, settings=single).report["slo"]
    assert [of["kept"] for of in found["fast"]] == [True, True]


def test_an_input_that_is_not_declared_is_found_before_anything_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = pipeline(project, top="inputs: {tone: {type: str, default: calm}}")
    seen = asked(running, monkeypatch)
    data = [DATA[0], {**DATA[1], "inputs": {"tome": "loud"}}]
    with pytest.raises(UsageError, match=r"question 'second' brings the input 'tome'.*mean 'tone'") as error:
        evaluate(running, questions(project, data), project=project)
    assert error.value.place == str(project.root / "questions.jsonl")
    assert seen == []


def test_inputs_of_the_question_win_over_those_of_the_call(project: Project) -> None:
    steps = "\n  text: {use: t.join, parts: [question, tone]}\n  a: {use: t.reply, text: text}\noutput: a\n"
    data = [DATA[0], {**DATA[1], "inputs": {"tone": "loud"}}]
    for single in (True, False):
        rows = project.root / "rows.jsonl"
        evaluate(
            pipeline(project, steps, "inputs: {tone: {type: str, default: calm}}"), questions(project, data),
            project=project, settings=Settings(single=single, inputs={"tone": "low"}), rows=rows,
        )  # fmt: skip
        assert [json.loads(line)["answer"] for line in rows.read_text().splitlines()] == ["one+low", "two+loud"]


def test_all_failed(project: Project) -> None:
    found = evaluate(pipeline(project), questions(project, DATA[4:]), project=project)
    assert found.all_failed
    assert found.report["errors"] == found.report["n"] == 1


def test_the_card_names_everything_and_nobodys_home(project: Project) -> None:
    overlay = project.root / "found.yaml"
    overlay.write_text("values: {}")
    selection = {"limit": 5, "kinds": None, "seed": 7}
    card = evaluate(
        pipeline(project), questions(project), project=project, overlay=overlay, selection=selection
    ).report["conditions"]  # fmt: skip
    assert str(project.root) not in json.dumps(card)
    assert card["pipeline"]["file"] == "toy.yaml"
    assert card["overlay"]["file"] == "found.yaml"
    assert len(card["overlay"]["sha256"]) == len(card["data"]["sha256"]) == 64
    assert card["data"]["n"] == card["data"]["of"] == 5
    assert card["seed"] == 7
    assert card["versions"]["ragkit"] is not None
    assert card["versions"]["numpy"] is not None
    assert card["machine"]["cores"] >= 1
    assert card["models"] == {}


def test_a_report_is_json(project: Project) -> None:
    report = evaluate(pipeline(project), questions(project), project=project).report
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_portions_are_small_where_an_lm_is_asked(project: Project) -> None:
    plain = pipeline(project)
    asking = Pipeline(dataclasses.replace(plain.plan, lms={"answer": "openai/some"}))
    assert Runner(asking, Settings(), None).portion == LM_PORTION
    assert Runner(plain, Settings(), None).portion == plain.batch_size > LM_PORTION
    assert Runner(plain, Settings(single=True), None).portion == 1


def test_rows_are_replaced_whole_or_not_at_all(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project.root / "rows.jsonl"
    file.write_text("what was there\n")
    replace = os.replace

    def fail(old: Path, new: Path) -> None:
        if new == file:
            raise OSError("no")
        replace(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no"):
            evaluate(pipeline(project), questions(project), project=project, rows=file)
    assert file.read_text() == "what was there\n"
    assert [path.name for path in project.root.glob("*rows*")] == ["rows.jsonl"]
    found = evaluate(pipeline(project), questions(project), project=project, rows=file)
    assert found.report["conditions"]["resumed"] == 4, "what had been measured by then is not lost"
    assert len(file.read_text().splitlines()) == 5
