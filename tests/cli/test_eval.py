"""``ragkit eval`` as a person calls it, with a pipeline that needs no index."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragkit.components.select.top_k import TopK
from ragkit.evaluate.runner import Runner
from ragkit.lm.registry import in_process
from ragkit.testing import ScriptedLM

PIPELINE = "pipelines/empty.yaml"
QUESTIONS = [
    {"id": "a", "question": "What is it?", "gold_ids": ["d1"], "kind": "single"},
    {"id": "b", "question": "Which are they?", "gold_ids": ["d1", "d2"], "kind": "multi", "split": "report"},
    {"id": "c", "question": "And what not?", "kind": "none"},
]
KEYS = {
    "n", "metrics", "by_kind", "kinds", "steps", "causes", "failed", "errors", "usage", "judge", "decisions",
    "baselines", "slo", "warnings", "conditions",
}  # fmt: skip


@pytest.fixture
def data(project: Path) -> Path:
    file = project / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(each)}\n" for each in QUESTIONS))
    return file


@pytest.fixture
def measure(ragkit: Callable, data: Path) -> Callable:
    def call(*arguments: object) -> Any:
        return ragkit("eval", PIPELINE, "--data", data, *arguments)

    return call


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is on fire")


def test_json_is_the_report_and_nothing_else(measure: Callable) -> None:
    shown = measure("--json")
    assert shown.exit_code == 0, shown.stderr
    report = json.loads(shown.stdout)
    assert set(report) == KEYS
    assert report["n"] == 3
    assert report["metrics"]["recall@10"] == {"mean": 0.0, "low": 0.0, "high": 0.0, "n": 2}
    assert report["metrics"]["answer_f1"]["mean"] is None
    assert report["causes"] == {"retrieval_miss": 2}
    assert report["conditions"]["pipeline"] == {**report["conditions"]["pipeline"], "name": "nothing", "file": PIPELINE}
    assert report["conditions"]["data"]["file"] == "questions.jsonl"


def test_a_person_reads_a_report_and_what_to_do_next(measure: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = measure()
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    head, *rest = shown.stdout.splitlines()
    assert head.startswith("nothing on questions.jsonl: 3 questions in batches, ")
    words = [line.split() for line in rest if line]
    assert ["recall", "0.000", "0.000", "to", "0.000", "2"] in words
    assert ["multi", "1", "0.000", "0.000", "0.000", "0.000", "0"] in words
    assert ["2", "retrieval_miss", "a", "b"] in words
    assert "why 2 of 3 went wrong" in shown.stdout
    assert "--causes retrieval_miss lists all 2" in shown.stderr
    assert "ragkit compare last" in shown.stderr


def test_a_cause_lists_its_questions_with_their_traces(measure: Callable, ragkit: Callable) -> None:
    shown = measure("--causes", "retrieval_miss")
    assert shown.exit_code == 0
    first, detail, *_ = shown.stdout.splitlines()
    id, trace, *question = first.split()
    assert (id, " ".join(question)) == ("a", "What is it?")
    assert detail.startswith("    ")
    assert [line.split()[0] for line in shown.stdout.splitlines() if line[0] != " "] == ["a", "b"]
    assert "What is it?" in ragkit("trace", "show", trace).stdout
    assert measure("--causes", "cut_by_selector").stdout == ""
    assert "no question failed of cut_by_selector" in measure("--causes", "cut_by_selector").stderr


def test_rows_are_written_to_a_file(measure: Callable, project: Path) -> None:
    assert measure("--rows", "rows.jsonl", "--json").exit_code == 0
    rows = [json.loads(line) for line in (project / "rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert {"question", "answer", "passages", "decisions", "usage", "trace_id", "metrics", "cause"} <= set(rows[0])


def test_a_result_is_saved_and_not_overwritten(measure: Callable, ragkit: Callable) -> None:
    assert measure("--save", "before").exit_code == 0
    again = measure("--save", "before")
    assert again.exit_code == 2
    assert "there is a result 'before' already" in again.stderr
    assert "--force" in again.stderr
    shown = measure("--save", "before", "--force")
    assert shown.exit_code == 0
    assert "ragkit compare before" in shown.stderr
    assert ragkit("compare", "before", "last").exit_code == 0


def test_questions_are_chosen(measure: Callable) -> None:
    def ids(*arguments: str) -> list[str]:
        assert measure("--rows", "rows.jsonl", "--json", *arguments).exit_code == 0
        return [json.loads(line)["id"] for line in Path("rows.jsonl").read_text().splitlines()]

    assert ids("--limit", "2") == ["a", "b"]
    assert ids("--kinds", "none, multi") == ["b", "c"]
    shuffled = ids("--seed", "3")
    assert sorted(shuffled) == ["a", "b", "c"]
    assert shuffled == ids("--seed", "3")
    assert any(ids("--seed", str(seed)) != ["a", "b", "c"] for seed in range(5))
    assert ids("--split", "report") == ["b"]
    report = json.loads(measure("--limit", "1", "--seed", "3", "--kinds", "none", "--json").stdout)
    assert report["conditions"]["seed"] == 3
    assert report["conditions"]["data"] | {"limit": 1, "kinds": ["none"], "seed": 3} == report["conditions"]["data"]
    assert (report["conditions"]["data"]["n"], report["conditions"]["data"]["of"]) == (1, 3)


def test_choices_and_inputs_reach_the_pipeline(measure: Callable) -> None:
    plain, chosen = (json.loads(measure("--json", *more).stdout) for more in ((), ("--set", "kept.k=5")))
    assert chosen["conditions"]["choices"]["kept.k"] == 5
    assert chosen["conditions"]["pipeline"]["hash"] != plain["conditions"]["pipeline"]["hash"]
    deep = json.loads(measure("--json", "--input", "depth=deep").stdout)
    assert deep["conditions"]["inputs"] == {"depth": "deep"}
    wrong = measure("--input", "depht=deep")
    assert wrong.exit_code == 2
    assert "did you mean 'depth'?" in wrong.stderr


def test_one_by_one_measures_seconds_and_reads_no_cache(measure: Callable) -> None:
    assert measure().exit_code == 0
    report = json.loads(measure("--single", "--json").stdout)
    assert report["metrics"]["p95_seconds"]["n"] == 3
    assert report["conditions"]["mode"] == "single"
    assert report["conditions"]["cache"] is False
    shown = measure("--single").stdout
    assert "3 questions one by one" in shown
    assert "p95_seconds" in shown


def test_steps_that_ran_before_are_read_from_the_cache(measure: Callable) -> None:
    first, second, without = (json.loads(measure("--json", *more).stdout) for more in ((), (), ("--no-cache",)))
    assert first["usage"]["cached_questions"] == 0
    assert second["usage"]["cached_questions"] == 3
    assert second["usage"]["seconds"] is None, "what was read from a cache took no time of its own"
    assert without["usage"]["cached_questions"] == 0
    assert first["metrics"] == second["metrics"] == without["metrics"]


def test_a_judge_is_named_in_the_report(measure: Callable) -> None:
    with in_process("scripted/judge", ScriptedLM([])):
        report = json.loads(measure("--judge", "scripted/judge", "--json").stdout)
    assert report["conditions"]["judge"]["name"] == "scripted/judge"
    assert report["judge"]["lm_calls"] == 0, "this pipeline gives no answers to judge"


def test_every_question_failing_is_three_and_the_report_is_there(
    measure: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TopK, "run", fail)
    shown = measure("--json")
    assert shown.exit_code == 3
    assert json.loads(shown.stdout)["errors"] == 3
    assert "every question failed" in shown.stderr
    assert "RuntimeError: the disk is on fire" in shown.stderr
    assert "ragkit trace show" in shown.stderr


def test_some_that_fail_are_counted_and_it_is_fine(measure: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    run = TopK.run

    def once(self: TopK, *given: Any, **named: Any) -> Any:
        calls.append(1)
        return fail() if len(calls) == 1 else run(self, *given, **named)

    monkeypatch.setattr(TopK, "run", once)
    shown = measure()
    assert shown.exit_code == 0
    assert "1 failed" in shown.stdout.splitlines()[0]
    assert "a step failed while the question ran" in shown.stdout


def test_interrupted_it_says_what_is_kept(measure: Callable, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Runner.rows
    monkeypatch.setattr(Runner, "portion", 2)

    def interrupted(self: Runner, questions: Any) -> Any:
        if questions[0].id == "c":
            raise KeyboardInterrupt
        return rows(self, questions)

    with monkeypatch.context() as patch:
        patch.setattr(Runner, "rows", interrupted)
        shown = measure("--json")
    assert shown.exit_code == 130
    assert shown.stdout == ""
    assert "2 of 3 questions are kept; the same command goes on" in shown.stderr
    shown = measure("--json")
    assert "going on: 2 of 3 questions were finished before the stop" in shown.stderr
    assert json.loads(shown.stdout)["conditions"]["resumed"] == 2


@pytest.mark.parametrize(
    ("condition", "code", "text"),
    [
        ("recall@10 < 0.5", 1, "failed: recall@10 < 0.5 (it is 0)"),
        ("recall@10 > 0.5", 0, ""),
        ("high(correct) >= 1", 1, "failed: high(correct) >= 1 (it is 1)"),
        ("low(correct) > 0", 0, ""),
        ("p95_seconds > 1", 2, "seconds need --single"),
        ("recal@10 < 0.5", 2, "did you mean 'recall@10'"),
        ("recall@10 is good", 2, "METRIC OPERATOR NUMBER"),
    ],
)
def test_a_condition_sets_the_exit_code(measure: Callable, condition: str, code: int, text: str) -> None:
    shown = measure("--fail-if", condition, "--fail-if", "mrr > 1", "--json")
    assert shown.exit_code == code, shown.stderr
    assert text in shown.stderr
    if code == 1:
        assert json.loads(shown.stdout)["n"] == 3, "the report is there all the same"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "no questions"),
        (b"\n\n", "no questions"),
        (b'{"id": "a", "question": "x"}\n{"id": "b", ', "not JSON"),
        (b'{"id": "a", "question": "x", "kind": "singel"}\n', "did you mean 'single'"),
        (b'{"id": "a", "question": "x"}\n{"id": "a", "question": "y"}\n', "the id 'a'"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not UTF-8"),
        (b"[1, 2]\n", "no JSON object"),
        (b'{"question": "x"}\n', "the key 'id' is missing"),
        (b'{"id": "a", "question": "x", "gold_ids": "d1"}\n', "'gold_ids'"),
    ],
)
def test_a_wrong_file_is_an_error_of_usage_with_its_place(
    measure: Callable, data: Path, content: bytes, text: str
) -> None:
    data.write_bytes(content)
    shown = measure()
    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert text in shown.stderr
    assert "questions.jsonl" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_questions_without_gold_and_answers_have_no_metrics(measure: Callable, data: Path) -> None:
    data.write_text('{"id": "a", "question": "x"}\n{"id": "b", "question": "y"}\n')
    report = json.loads(measure("--json").stdout)
    assert report["metrics"]["recall@10"] == {"mean": None, "low": None, "high": None, "n": 0}
    assert report["metrics"]["correct"]["mean"] is None
    assert report["failed"] == {}
    assert list(report["by_kind"]) == ["unlabelled"]
    shown = measure()
    assert "nothing to compare with" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--causes", "retrieval_mis"], "did you mean 'retrieval_miss'"),
        (["--causes", "retrieval_miss", "--json"], "exclude each other"),
        (["--force"], "--force goes with --save"),
        (["--save", "../out"], "cannot be named"),
        (["--save", "last"], "'last' is kept"),
        (["--rows", "."], "is a folder"),
        (["--rows", "missing/rows.jsonl"], "which is not a folder"),
        (["--kinds", "singel"], "did you mean 'single'"),
        (["--kinds", ","], "--kinds names no kind"),
        (["--split", "reprt"], "did you mean 'report'"),
        (["--judge", "gpt"], "neither a model string nor an LM of the pipeline"),
        (["--entailment", "missing"], "is not a folder"),
        (["--kinds", "aggregate"], "no question is of kind 'aggregate'"),
        (["--limit", "0"], "--limit"),
        (["--set", "kept.kk=5"], "kept.kk"),
    ],
)
def test_wrong_options_are_named(measure: Callable, arguments: list[str], text: str) -> None:
    shown = measure(*arguments)
    assert shown.exit_code == 2
    assert text in shown.stderr


def test_a_file_that_is_not_there_is_answered_with_the_nearest(ragkit: Callable, data: Path) -> None:
    shown = ragkit("eval", PIPELINE, "--data", data.with_name("question.jsonl"))
    assert shown.exit_code == 2
    assert "did you mean 'questions.jsonl'" in shown.stderr


def test_without_data_the_option_is_named(ragkit: Callable, project: Path) -> None:
    shown = ragkit("eval", PIPELINE)
    assert shown.exit_code == 2
    assert "--data" in shown.stderr
