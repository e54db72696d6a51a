from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragkit.engine import Pipeline
from ragkit.errors import LMUnavailable, UsageError
from ragkit.evaluate.evaluation import evaluate
from ragkit.evaluate.judge import METRIC, SIGNATURE, Judge, named_model
from ragkit.evaluate.question import Question
from ragkit.evaluate.questions import read_questions
from ragkit.evaluate.settings import Settings
from ragkit.lm.cache import ResponseCache
from ragkit.lm.registry import in_process
from ragkit.project import Project
from ragkit.spec.load import load_text
from ragkit.spec.plan import Model
from ragkit.testing import Fault, ScriptedLM
from ragkit.types import Answer
from tests.engine.parts import CATALOGUE

MODEL = Model("scripted/judge", retries=0)
ASKED = Question("a", "What is the capital?", answers=("Paris",), kind="single")


def by_words(asked: Any) -> dict[str, Any]:
    """A judge who takes an answer for right where an accepted one stands in it."""
    right = json.loads(asked.field("accepted"))[0] in asked.field("answer")
    return {"reason": "it says so" if right else "it says otherwise", "correct": right}


@pytest.fixture
def lm() -> Iterator[ScriptedLM]:
    with in_process(MODEL.model, ScriptedLM(by_words)) as scripted:
        yield scripted


def run(text: str | None, *, abstained: bool = False) -> Any:
    return SimpleNamespace(answer=None if text is None else Answer(text, abstained=abstained))


def verdict(question: Question, result: Any, gives_answer: bool = True, **options: Any) -> dict[str, Any]:
    (found,) = Judge(MODEL, **options).verdicts([(question, result, gives_answer)])
    return found


def test_the_judge_sees_question_accepted_answers_and_answer(lm: ScriptedLM) -> None:
    found = verdict(ASKED, run("It is Paris [1]."))
    assert (found["correct"], found["reason"], found["error"]) == (True, "it says so", None)
    (asked,) = lm.requests
    assert asked.field("question") == "What is the capital?"
    assert asked.field("answer") == "It is Paris [1]."
    assert SIGNATURE.instructions in asked.messages[0]["content"]
    assert found["usage"]["lm_calls"] == 1
    assert found["usage"]["prompt_tokens"] > 0
    assert verdict(ASKED, run("London"))["correct"] is False


def test_whether_it_judges_at_all_can_be_asked() -> None:
    with in_process(MODEL.model, ScriptedLM([{"reason": "two", "correct": True}])) as lm:
        Judge(MODEL).check()
        assert lm.requests[0].field("answer") == "It is two."
    with in_process(MODEL.model, ScriptedLM([Fault("auth", "no key")])), pytest.raises(LMUnavailable, match="no key"):
        Judge(MODEL).check()


@pytest.mark.parametrize(
    ("question", "result", "gives_answer", "correct"),
    [
        (ASKED, run("It is not known.", abstained=True), True, False),
        (ASKED, run(None), True, False),
        (ASKED, run(" "), True, False),
        (ASKED, run(None), False, None),
        (Question("a", "x"), run("Paris"), True, None),
        (Question("a", "x", kind="unanswerable"), run("no", abstained=True), True, True),
        (Question("a", "x", kind="unanswerable"), run("Paris"), True, False),
        (Question("a", "x", kind="none"), run("Paris"), True, None),
    ],
)
def test_where_there_is_nothing_to_judge_nobody_is_asked(
    lm: ScriptedLM, question: Question, result: Any, gives_answer: bool, correct: bool | None
) -> None:
    found = verdict(question, result, gives_answer)
    assert found["correct"] is correct
    assert found["usage"] == {"lm_calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost": 0.0}
    assert lm.requests == []


def test_a_list_is_said_to_be_one(lm: ScriptedLM) -> None:
    verdict(Question("a", "Which?", answers=("A", "B"), kind="aggregate"), run("A and B"))
    assert lm.requests[0].field("is_list") == "True"
    assert json.loads(lm.requests[0].field("accepted")) == ["A", "B"]


def test_a_judge_who_fails_gives_no_verdict_and_says_why() -> None:
    with in_process(MODEL.model, ScriptedLM([Fault("auth", "no such key")])):
        found = verdict(ASKED, run("Paris"))
    assert found["correct"] is None
    assert "no such key" in found["error"]


def test_a_verdict_that_is_no_truth_value_is_an_error() -> None:
    with in_process(MODEL.model, ScriptedLM([{"reason": "hm", "correct": "perhaps"}])):
        found = verdict(ASKED, run("Paris"))
    assert found["correct"] is None
    assert "correct" in found["error"]


def test_what_was_judged_before_is_not_asked_again(lm: ScriptedLM, tmp_path: Path) -> None:
    cache = ResponseCache(tmp_path / "responses.db")
    first, second = (verdict(ASKED, run("Paris"), responses=cache) for _ in range(2))
    assert len(lm.requests) == 1
    assert first["correct"] is second["correct"] is True
    cache.close()


def test_verdicts_come_in_the_order_of_the_questions(lm: ScriptedLM) -> None:
    asked = [(ASKED, run(f"{'Paris' if n % 3 else 'London'} {n}"), True) for n in range(20)]
    found = Judge(MODEL).verdicts(asked)
    assert [one["correct"] for one in found] == [n % 3 != 0 for n in range(20)]


def test_a_name_is_an_lm_of_the_pipeline_or_a_model_string() -> None:
    local = Model("openai/qwen", name="local", api_base="http://localhost:1")
    assert named_model("local", [local]) is local
    assert named_model("openai/qwen", [local]) is local
    assert named_model("openai/other", [local]) == Model("openai/other")
    with pytest.raises(UsageError, match=r"'locl' is neither.*did you mean 'local'"):
        named_model("locl", [local])


def evaluated(root: Path, judge: Judge) -> dict[str, Any]:
    text = "version: 1\nname: toy\nsteps: {a: {use: t.reply, text: question}}\noutput: a\n"
    plan = load_text(text, str(root / "toy.yaml"), base=root, catalogue=CATALOGUE)
    lines = [
        {"id": "a", "question": "Paris it is", "answers": ["Paris"]},
        {"id": "b", "question": "London", "answers": ["Paris"]},
        {"id": "c", "question": "no known answer"},
    ]
    (root / "q.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    found = evaluate(
        Pipeline(plan), read_questions(root / "q.jsonl"), project=Project(root), settings=Settings(judge=judge),
        rows=root / "rows.jsonl",
    )  # fmt: skip
    return dict(found.report)


def test_a_report_names_the_judge_and_counts_its_requests(lm: ScriptedLM, tmp_path: Path) -> None:
    report = evaluated(tmp_path, Judge(MODEL))
    assert report["metrics"][METRIC]["mean"] == 0.5
    assert report["metrics"][METRIC]["n"] == 2
    assert report["judge"]["lm_calls"] == 2
    assert report["judge"]["failed"] == 0
    assert report["usage"]["lm_calls"] == 0, "what the pipeline spent is told apart from what judging it spent"
    assert report["conditions"]["judge"]["name"] == "scripted/judge"
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [row["judge"]["correct"] for row in rows] == [True, False, None]
    assert [row["metrics"][METRIC] for row in rows] == [1.0, 0.0, None]


def test_a_report_warns_of_a_judge_who_failed(tmp_path: Path) -> None:
    with in_process(MODEL.model, ScriptedLM(lambda asked: Fault("auth", "no such key"))):
        report = evaluated(tmp_path, Judge(MODEL))
    assert report["judge"]["failed"] == 2
    assert report["metrics"][METRIC]["mean"] is None
    (warning,) = report["warnings"]
    assert "the judge failed on 2 of 3 answers" in warning
    assert "no such key" in warning
