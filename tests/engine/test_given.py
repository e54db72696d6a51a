"""What a question brings along is checked before anything runs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ragkit.errors import UsageError
from ragkit.types import Turn
from tests.engine.lm_parts import scripted

TEXT = """
version: 1
name: typed
lm: scripted/lm
inputs:
  k: {type: int, default: 3}
  share: {type: float, default: 0.5}
  tags: {type: "list[str]", default: [a]}
steps:
  answer:
    use: lm.predict
    signature: "question, history, k: int, share: float, tags: list[str] -> answer: Answer"
    k: k
    share: share
    tags: tags
output: answer
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"question": None}, r"the input question is None; the pipeline reads str there"),
        ({"question": ["a"]}, r"the input question is \['a'\]; the pipeline reads str"),
        ({"history": None}, r"the input history is None; the pipeline reads list\[Turn\]"),
        ({"history": "before"}, r"the input history is 'before'; the pipeline reads list\[Turn\]"),
        ({"history": [Turn("user", "x"), ("user", "y")]}, r"the input history\[1\] is \('user', 'y'\).*Turn there"),
        ({"history": [{"role": "user", "content": "x"}]}, r"the input history\[0\] is .*reads Turn there"),
        ({"history": [Turn("system", "x")]}, r"a turn is of 'user' or of 'assistant'"),  # type: ignore[arg-type]
        ({"inputs": {"k": "five"}}, r"the input k is 'five'; the pipeline reads int there"),
        ({"inputs": {"k": True}}, r"the input k is True; the pipeline reads int there"),
        ({"inputs": {"k": 2.5}}, r"the input k is 2.5; the pipeline reads int there"),
        ({"inputs": {"k": None}}, r"the input k is None; the pipeline reads int there"),
        ({"inputs": {"share": False}}, r"the input share is False; the pipeline reads float there"),
        ({"inputs": {"tags": "a"}}, r"the input tags is 'a'; the pipeline reads list\[str\] there"),
        ({"inputs": {"tags": ["a", 1]}}, r"the input tags\[1\] is 1; the pipeline reads str there"),
        ({"inputs": {"tags": ["a" * 100, 1j]}}, r"the input tags\[1\] is 1j"),
        ({"inputs": {"k": "a" * 100}}, r"the input k is 'a{59}… \(str\); the pipeline"),
        ({"question": "a\ud800b"}, r"the input question holds half of a surrogate pair"),
        ({"history": [Turn("user", "\udc80")]}, r"the input history\[0\] holds half"),
        ({"inputs": {"tags": ["a", "\udfff"]}}, r"the input tags\[1\] holds half"),
        ({"inputs": {"question": "another"}}, r"the question is not given among the inputs"),
        ({"inputs": {"kk": 1}}, r"unknown input 'kk'.*did you mean 'k'"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place_and_nothing_is_asked(
    given: dict[str, Any], said: str
) -> None:
    with scripted(TEXT, []) as (pipeline, lm):
        with pytest.raises(UsageError, match=said):
            pipeline.run(**{"question": "why", **given})
        assert lm.requests == []


@pytest.mark.parametrize(
    ("questions", "said"),
    [
        ("why", r"a batch is a list of questions, not 'why' = run\(\) answers one question"),
        (b"why", r"a batch is a list of questions, not b'why'"),
        ({"question": "why"}, r"a batch is a list of questions, not \{'question': 'why'\}"),
        (None, r"a batch is a list of questions, not None"),
        (["why", 3], r"the question 1 of the batch is 3 = each is a string, or a mapping with 'question'"),
        (["why", {"q": "how"}], r"the question 1 of the batch is \{'q': 'how'\}"),
        ([{"question": "why", "input": {}}], r"question 0 of the batch has an unknown key 'input'.*mean 'inputs'"),
        (["why", {"question": None}], r"the input question is None"),
    ],
)
def test_a_batch_of_something_else_is_refused_and_nothing_is_asked(questions: Any, said: str) -> None:
    with scripted(TEXT, []) as (pipeline, lm):
        with pytest.raises(UsageError) as raised:
            pipeline.run_batch(questions)
        assert re.search(said, f"{raised.value.message} = {raised.value.hint}")
        assert lm.requests == []


def test_a_batch_may_come_from_a_generator() -> None:
    with scripted(TEXT, lambda asked: {"answer": asked.fields["question"]}) as (pipeline, _):
        results = pipeline.run_batch({"question": text} for text in ("one", "two"))
        assert [result.answer.text for result in results if result.answer] == ["one", "two"]


def test_what_fits_is_handed_on_and_defaults_fill_the_rest() -> None:
    with scripted(TEXT, lambda asked: {"answer": str(sorted(asked.fields.items()))}) as (pipeline, _):
        result = pipeline.run("why", history=(Turn("user", "x"),), inputs={"share": 1, "tags": ["b", "c"]})
        assert result.answer is not None
        for part in ("('history', 'user: x')", "('k', '3')", "('share', '1')", "b", "c"):
            assert part in result.answer.text
        assert result.trace.inputs == {
            "question": "why", "history": [Turn("user", "x")], "share": 1, "tags": ["b", "c"],
        }  # fmt: skip
