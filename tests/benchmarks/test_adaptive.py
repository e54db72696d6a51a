"""benchmarks/adaptive.py: which pipelines are in it, what the scripted reader says, and what the tables hold."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ragkit.component import Need
from ragkit.evaluate.questions import Question
from ragkit.lm.step import LMStep
from ragkit.project import Project
from ragkit.spec.cut import steps_of
from ragkit.testing import Asked, FakeReader, opened
from ragkit.testing.script import chat_format

ROOT = Path(__file__).parents[2]
KNOWN = Question("q1", "Where is the list cut?", answers=("largest gap",), kind="single")
GREETING = Question("q2", "Hello!", kind="none")


def found(model: str | None) -> dict:
    from adaptive import plans

    return dict(plans(ROOT / "pipelines", Project(ROOT), model))


def asked(wanted: list[str], **fields: str) -> Asked:
    given = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in fields.items())
    first, *rest = [f"`[[ ## {name} ## ]]`" for name in [*wanted, "completed"]]
    tail = "Respond with the corresponding output fields, starting with the field " + ", then ".join([first, *rest])
    return Asked([{"role": "user", "content": f"{given}\n\n{tail}"}])


def said(wanted: str, **fields: str):
    from scripted_reader import Reader

    return Reader([KNOWN, GREETING])(asked([wanted], **fields)).text[wanted]


def test_every_adaptive_pipeline_is_there_and_those_without_decisions_are_not() -> None:
    from adaptive_page import BASELINE

    offline, scripted = found(None), found("scripted/reader")
    assert next(iter(offline)) == BASELINE
    methods = {f"methods/{file.stem}" for file in (ROOT / "pipelines" / "methods").glob("*.yaml")}
    assert methods <= scripted.keys()
    assert (
        {"adaptive-k", "learned-k", "complexity-routed", "cost-routed", "methods/crag"}
        <= offline.keys()
        < scripted.keys()
    )
    assert not {"naive", "hyde", "chat", "branching"} & scripted.keys()


def test_the_scripted_reader_answers_every_field_that_a_shipped_step_asks_for() -> None:
    from scripted_reader import FIELDS

    wanted = {
        name
        for plan in found("scripted/reader").values()
        for step in steps_of(plan.root)
        if issubclass(step.component, LMStep)
        for name in step.component.signature_of(step.params).outputs
    }
    assert wanted <= FIELDS.keys()


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("answer", {"passages": "[1] No.\n\n[2] At the largest gap."}, "largest gap [2]."),
        ("answer", {"passages": "[1] No."}, "NOT FOUND"),
        ("helpful", {"passages": "[1] No.\n\n[2] The largest gap.\n\n[3] A largest gap!"}, [2, 3]),
        ("grade", {"passage": "The largest gap."}, "relevant"),
        ("grade", {"passage": "Another."}, "irrelevant"),
        ("sentence", {"passages": "[1] The largest gap.", "so_far": "(nothing yet)"}, "So the answer is: largest gap."),
        ("sentence", {"passages": "[1] No.", "so_far": "(nothing yet)"}, "Something is said about Where in step 1."),
        ("supported", {"statements": "1. One.\n2. Two."}, [1, 2]),
        ("second_is_better", {"first": "Nothing.", "second": "The largest gap."}, True),
        ("queries", {}, ["Where is the list cut?"]),
    ],
)
def test_the_scripted_reader_reads(field: str, given: dict, expected: object) -> None:
    assert said(field, question=KNOWN.question, **given) == expected


def test_without_passages_it_guesses_another_time_otherwise_and_returns_a_greeting() -> None:
    from scripted_reader import Reader

    reader = Reader([KNOWN, GREETING])
    guesses = [reader(asked(["answer"], question=KNOWN.question)).text["answer"] for _ in range(3)]
    assert len(set(guesses)) == 3
    assert reader(asked(["answer"], question="Hello!")).text["answer"] == "With pleasure."


def test_its_tokens_spell_the_reply_and_one_word_of_an_unbacked_sentence_is_improbable() -> None:
    from scripted_reader import Reader

    reply = Reader([KNOWN])(asked(["sentence"], question=KNOWN.question, passages="[1] No.", so_far="-"))
    assert "".join(token for token, _, _ in reply.logprobs) == chat_format(reply.text)
    unsure = [token for token, logprob, _ in reply.logprobs if logprob < math.log(0.9)]
    assert [token.strip() for token in unsure] == ["1."]
    assert all(sum(math.exp(p) for p in top.values()) == pytest.approx(1) for _, _, top in reply.logprobs)
    sure = Reader([KNOWN])(asked(["sentence"], question=KNOWN.question, passages="[1] The largest gap.", so_far="-"))
    assert all(logprob > math.log(0.9) for _, logprob, _ in sure.logprobs)


def test_decisions_are_told_in_a_line() -> None:
    from adaptive import decisions

    text = """
    corpus: notes
    steps:
      kind: {use: route.rules, rules: [{label: none, max_words: 1}], otherwise: some}
      found: {use: retrieve.dense, k: 5}
      evidence: {use: select.adaptive_k, passages: found, buffer: 0}
      answer:
        use: flow.route
        label: kind
        branches:
          none: {steps: {reply: {use: generate.decline}}, output: reply}
          some: {steps: {reply: {use: generate.extractive, passages: evidence}}, output: reply}
    output: answer
    """
    with opened(text, reader=FakeReader()) as pipeline:
        traces = [pipeline.run(question).trace for question in ("Hello", "Where is it cut?", "What is BM25?", "Hi")]
    line = decisions(traces)
    assert "kind: none 50%, some 50%" in line
    assert "evidence: " in line
    assert "passages kept" in line


def test_tables_hold_means_differences_and_what_was_not_measured() -> None:
    from adaptive_page import Run, page

    plans = found("scripted/reader")
    base = {"correct": 1.0, "recall": 1.0, "context_tokens": 100, "retrieval_calls": 1}
    other = {**base, "correct": 0.0, "context_tokens": 40}
    runs = [Run("hybrid", plans["hybrid"], [base] * 4), Run("learned-k", plans["learned-k"], [other] * 4)]
    scripted = [Run("methods/flare", plans["methods/flare"], [{"lm_calls": 2, "trigger_rate": 1.0}] * 4, failed=1)]
    local = [Run(name, plan, skipped="not run") for name, plan in plans.items() if Need.LOCAL_LM in plan.needs]
    text = page(runs, [*scripted, *local], ["4 questions"])
    assert "| `learned-k` | -1.000 [-1.000, -1.000] | +0.000" in text
    assert "-60 [-60, -60]" in text
    assert "| `methods/flare` | not measured: no LM | 2.00 (" in text
    assert "| 100% |" in text
    assert "Right more often than `hybrid`, with an interval above 0: none." in text
    assert "fewer tokens: none." in text, "learned-k is right less often here"
    assert "Questions that failed: `methods/flare` 1." in text
    assert "trained selector" in text
    assert "- 4 questions" in text
    assert ("| not run (" in text) == bool(local)
