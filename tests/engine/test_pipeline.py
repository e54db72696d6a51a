"""A pipeline as its callers see it: inputs, events, documents, traces on disk."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ragkit.engine import Pipeline
from ragkit.errors import UsageError
from ragkit.spec.load import load_text
from ragkit.trace.model import Span
from ragkit.trace.store import TraceStore
from ragkit.types import Turn
from tests.engine.parts import CATALOGUE, Shout

KEYS = {
    "question", "answer", "abstained", "citations", "passages", "route", "routes", "decisions", "warnings", "stopped",
    "error", "usage", "trace_id", "pipeline", "conditions",
}  # fmt: skip
USAGE = {
    "lm_calls", "prompt_tokens", "completion_tokens", "retrieval_calls", "cached_tokens", "context_tokens", "cost",
    "seconds",
}  # fmt: skip
TONED = """
  s: {use: t.join, parts: [question, tone]}
  a: {use: t.reply, text: s}
output: a
"""
ADAPTIVE = """
  found: {use: t.search, n: 5}
  best: {use: t.keep, passages: found, k: 2}
  answer: {use: t.ids, passages: best}
output: answer
"""


def make(steps: str, top: str = "", **options: Any) -> Pipeline:
    text = f"version: 1\nname: test\n{top}\nsteps:\n{steps}"
    return Pipeline(load_text(text, "test.yaml", base=Path(), catalogue=CATALOGUE), **options)


def test_the_document_has_every_key_of_the_design_and_is_json() -> None:
    document = make(ADAPTIVE).run("what is it").document
    assert set(document) == KEYS
    assert set(document["usage"]) == USAGE
    assert json.loads(json.dumps(document)) == document
    assert document["answer"] == "p1 p2"
    assert [c["number"] for c in document["citations"]] == [1, 2]
    assert document["decisions"] == [
        {"step": "best", "kind": "select", "kept": 2, "of": 5, "score": None, "threshold": None, "reason": "kept 2"}
    ]
    assert document["usage"]["retrieval_calls"] == 1
    assert document["usage"]["context_tokens"] == 6, "three words in each of the two passages that reached the answer"
    assert document["pipeline"]["name"] == "test"
    assert set(document["conditions"]) == {"overlay", "profile", "corpus_version", "models", "seed"}


def test_tokens_that_are_not_known_are_null() -> None:
    document = make("  made: {use: t.counting, text: question}\noutput: made\n").run("q").document
    assert document["usage"]["context_tokens"] is None


def test_routes_are_listed_and_the_last_label_is_the_route() -> None:
    steps = """
  kind: {use: t.kind}
  go:
    use: flow.route
    label: kind
    default: single
    branches: {single: {steps: {s: {use: t.say, text: question}}, output: s}}
  word: {use: t.first, text: go}
  then:
    use: flow.route
    label: word
    default: b
    branches:
      a: {steps: {s: {use: t.reply, text: go}}, output: s}
      b: {steps: {s: {use: t.reply, text: go}}, output: s}
output: then
"""
    document = make(steps).run("a question").document
    assert document["routes"] == [{"step": "go", "label": "single"}, {"step": "then", "label": "a"}]
    assert document["route"] == "a"


def test_an_input_that_is_not_declared_names_the_nearest() -> None:
    pipeline = make(
        "  s: {use: t.join, parts: [question, tone]}\n  a: {use: t.reply, text: s}\noutput: a", "inputs: {tone: str}"
    )
    assert pipeline.run("q", inputs={"tone": "t"}).document["answer"] == "q+t"
    with pytest.raises(UsageError, match=r"unknown input 'tome'.*did you mean 'tone'"):
        pipeline.run("q", inputs={"tome": "t"})
    with pytest.raises(UsageError, match="the input 'tone' is missing"):
        pipeline.run("q")


def test_history_reaches_the_steps() -> None:
    steps = """
  turns: {use: flow.map, over: history, max_items: 9, steps: {s: {use: t.say, text: question}}, output: s}
  all: {use: t.join, parts: [turns, question]}
  a: {use: t.reply, text: all}
output: a
"""
    turns = [Turn("user", "hi"), Turn("assistant", "hello")]
    assert make(steps).run("q", history=turns).document["answer"] == "q+q+q"


def test_events_come_as_steps_end_with_flow_steps_after_their_inner_ones() -> None:
    steps = """
  words: {use: t.words, text: question}
  each: {use: flow.map, over: words, max_items: 9, steps: {s: {use: t.say, text: item}}, output: s}
  all: {use: t.join, parts: each}
  a: {use: t.reply, text: all}
output: a
"""
    seen: list[Span] = []
    result = make(steps).run("x y", on_event=seen.append)
    assert [(s.step, s.frame) for s in seen] == [
        ("words", ""), ("each.s", "each[0]"), ("each.s", "each[1]"), ("each", ""), ("all", ""), ("a", ""),
    ]  # fmt: skip
    assert all(s.ended >= s.started for s in seen)
    assert {id(s) for s in seen} == {id(s) for s in result.trace.spans}


def test_spans_keep_inputs_outputs_and_the_parameters_that_ran() -> None:
    steps = """
  n: {use: t.count, text: question}
  found: {use: t.make, n: {from: n}}
  answer: {use: t.ids, passages: found}
output: answer
"""
    spans = {span.step: span for span in make(steps).run("one two").trace.spans}
    assert spans["found"].params == {"n": 2, "prefix": "p"}
    assert spans["found"].inputs == {"question": "one two"}
    assert [p.id for p in spans["answer"].inputs["passages"]] == ["p1", "p2"]
    assert spans["answer"].outputs["text"] == "p1 p2"


def test_a_step_that_fails_says_step_component_sizes_cause_and_trace() -> None:
    result = make("  r: {use: t.fail, text: question}\n  a: {use: t.reply, text: r}\noutput: a").run("bad one")
    assert result.error is not None
    assert str(result.error) == (
        "step 'r' (t.fail) failed: ValueError: 'bad one' contains 'bad' (inputs: text: 7 characters)"
    )
    assert result.error.hint == f"ragkit trace show {result.trace_id}"
    assert result.document["error"]["step"] == "r"


def test_a_bound_value_that_does_not_fit_names_parameter_and_source() -> None:
    steps = """
  n: {use: t.count, text: question}
  found: {use: t.make}
  best: {use: t.keep, passages: found, k: {from: n}}
  answer: {use: t.ids, passages: best}
output: answer
"""
    good, bad = make(steps).run_batch(["one", "one two three four five six"])
    assert good.document["answer"] == "p1"
    assert bad.error is not None
    assert "the parameter 'k', read from n, was 6: input should be less than or equal to 5" in str(bad.error)


def test_a_batch_is_gathered_by_step_also_inside_maps_and_rounds() -> None:
    steps = """
  words: {use: t.words, text: question}
  each: {use: flow.map, over: words, max_items: 9, steps: {s: {use: t.shout, text: item}}, output: s}
  all: {use: t.join, parts: each}
  a: {use: t.reply, text: all}
output: a
"""
    Shout.batches.clear()
    results = make(steps).run_batch(["a b", "c", "d e f"])
    assert [r.document["answer"] for r in results] == ["A+B", "C", "D+E+F"]
    assert Shout.batches == [6], "the six elements of three questions are one call"
    Shout.batches.clear()
    make(steps, batch_size=4).run_batch(["a b", "c d", "e f"])
    assert Shout.batches == [4, 2]


def test_a_batch_takes_mappings_and_reports_results_in_order() -> None:
    seen: list[str] = []
    pipeline = make(TONED, "inputs: {tone: {type: str, default: x}}", batch_size=2)
    results = pipeline.run_batch(
        ["q1", {"question": "q2", "inputs": {"tone": "y"}}, "q3"], on_result=lambda r: seen.append(r.question)
    )
    assert [r.document["answer"] for r in results] == ["q1+x", "q2+y", "q3+x"]
    assert seen == ["q1", "q2", "q3"]


def test_an_empty_batch_is_empty() -> None:
    assert make(ADAPTIVE).run_batch([]) == []


def test_in_a_batch_seconds_are_the_questions_share() -> None:
    pipeline = make(ADAPTIVE)
    pipeline.warm_up()
    started = time.perf_counter()
    results = pipeline.run_batch([f"q{i}" for i in range(10)])
    elapsed = time.perf_counter() - started
    shares = [r.document["usage"]["seconds"] for r in results]
    assert len(set(shares)) == 1
    assert 0 < sum(shares) <= elapsed + 1e-4, "ten questions side by side do not take ten times as long"


def test_runs_are_on_disk_when_they_return(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.db")
    result = make(ADAPTIVE, store=store).run("what is it")
    stored = TraceStore(tmp_path / "traces.db").get(result.trace_id)
    assert stored.trace.result == result.document
    assert [span.step for span in stored.trace.spans] == ["found", "best", "answer"]
    assert stored.trace.spans[0].outputs["passages"] == result.trace.spans[0].outputs["passages"]


def test_a_failed_run_is_on_disk_too(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.db")
    pipeline = make("  r: {use: t.fail, text: question}\n  a: {use: t.reply, text: r}\noutput: a", store=store)
    bad, good = pipeline.run_batch(["bad", "good"])
    assert store.get(bad.trace_id).trace.spans[-1].status == "failed"
    assert store.get(good.trace_id).trace.result == good.document


def test_a_pipeline_is_shared_by_its_deep_copies() -> None:
    pipeline = make(ADAPTIVE)
    assert copy.deepcopy(pipeline) is pipeline


@pytest.mark.parametrize(
    ("error", "said"), [(KeyboardInterrupt(), "interrupted"), (BrokenPipeError(), "broken off by")]
)
def test_a_run_that_is_broken_off_keeps_what_its_steps_gave_and_says_so(
    tmp_path: Path, error: BaseException, said: str
) -> None:
    store = TraceStore(tmp_path / "traces.db")

    def listen(span: Span) -> None:
        if span.step == "best":
            raise error

    with pytest.raises(type(error)):
        make(ADAPTIVE, store=store).run("what is it", on_event=listen)
    stored = store.get("last")
    assert stored.row.outcome == "failed", "its process lives, and yet it does not run any more"
    assert stored.trace.result is not None
    assert said in stored.trace.result["error"]["message"]
    assert [span.step for span in stored.trace.spans] == ["found", "best"]
    assert stored.trace.spans[0].outputs["passages"]
