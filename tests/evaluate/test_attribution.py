"""The first cause of several, and what holds of every verdict; each cause has its test in `causes`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.engine import RunResult
from ragkit.evaluate.attribution import CAUSES
from ragkit.evaluate.questions import Question
from ragkit.evaluate.scoring import score
from tests.evaluate.causes.asking import ask, verdict
from tests.evaluate.components import make


def test_not_in_corpus() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b]}
  answer: {use: generate.say, passages: found}
output: answer
"""
    found = ask(steps, known={"a", "b"})
    assert verdict(found) == ("not_in_corpus", None, None, None)
    assert found["detail"] == "gold document 'gold' is not in the corpus"
    assert ask(steps, known=set())["cause"] == "not_in_corpus", "an empty corpus is a known one"
    assert ask(steps, known={"gold"})["cause"] == ask(steps, known=None)["cause"] == "retrieval_miss"


def test_the_first_cause_of_several_lost_documents() -> None:
    steps = """
  found: {use: retrieve.find, found: [one, x, two]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    cut = ask(steps, gold=("one", "two"), kind="multi")
    assert verdict(cut)[:3] == ("cut_by_selector", "kept", 3)
    assert cut["detail"].endswith("; 1 of 2 gold documents reached the answer")
    missed = ask(steps, gold=("one", "two", "three"), kind="multi")
    assert missed["cause"] == "retrieval_miss", "comes before the cut"
    assert ask(steps, gold=("one", "two", "three"), kind="multi", known={"one", "two"})["cause"] == "not_in_corpus"
    single = ask(steps.replace("found: [one", "found: ['one: MCTS'"), gold=("one", "two"), kind="single")
    assert single["cause"] == "not_found_in_passage", (
        "one passage that holds the answer is enough for a single question"
    )


def test_a_list_whose_documents_were_all_there() -> None:
    steps = """
  found: {use: retrieve.find, found: [one, two]}
  answer: {use: generate.say, passages: found, text: First and sec ond}
output: answer
"""
    found = ask(steps, gold=("one", "two"), answers=("first", "third", "4th", "fifth", "sixth"), kind="aggregate")
    assert verdict(found) == ("not_found_in_passage", "answer", None, None)
    assert found["detail"] == (
        "4 of 5 items are neither in the answer nor in a cited title ('third', '4th', 'fifth' and 1 more), "
        "but all 2 gold documents are among the passages that reached it"
    )
    assert ask(steps, gold=("one", "two"), answers=("first", "second"), kind="aggregate")["cause"] == "format"
    partly = ask(steps, gold=("one", "two"), answers=("second", "third"), kind="aggregate")
    assert partly["cause"] == "not_found_in_passage", "the spelling of one is not all that is wrong"
    abstained = steps.replace("text:", "abstains: true, text:")
    assert ask(abstained, gold=("one", "two"), answers=("first",), kind="aggregate")["cause"] == "wrongly_abstained"


def test_without_gold_documents_the_passages_that_hold_the_answer_are_followed() -> None:
    steps = """
  found: {use: retrieve.find, found: [a, b, "c: they use MCTS"]}
  kept: {use: select.head, passages: found, k: 2}
  answer: {use: generate.say, passages: kept}
output: answer
"""
    found = ask(steps, gold=())
    assert verdict(found) == ("cut_by_selector", "kept", 3, 0.25)
    missed = ask(steps.replace("MCTS", "it"), gold=())
    assert verdict(missed) == ("retrieval_miss", "found", None, None)
    assert missed["detail"].startswith("a passage that holds the answer is not among the 3 passages of found")
    assert ask(steps.replace("k: 2", "k: 3"), gold=())["cause"] == "not_found_in_passage"


def test_passages_through_branches_maps_and_merges() -> None:
    steps = """
  words: {use: query.words}
  each:
    use: flow.map
    over: words
    max_items: 9
    steps:
      hits: {use: retrieve.find, found: [a, gold]}
      kept: {use: select.head, passages: hits, k: 1}
    output: kept
  pool: {use: fuse.mix, passages: each}
output: pool
"""
    assert verdict(ask(steps, "two words")) == ("cut_by_selector", "each.kept", 2, 0.333)
    merged = """
  found: {use: retrieve.find, found: [a, gold, b]}
  one: {use: expand.joined, passages: found}
  kept: {use: select.head, passages: one, k: 0}
output: kept
"""
    assert verdict(ask(merged))[:3] == ("cut_by_selector", "kept", 1), "the merged passage has it as a part"


def test_no_answer_at_all() -> None:
    steps = """
  found: {use: retrieve.find, found: ["gold: MCTS"]}
  answer: {use: generate.write, passages: found}
output: answer
"""
    found = ask(steps, top="budget: {lm_calls: 0}")
    assert verdict(found) == ("truncated", None, None, None)
    assert found["detail"] == "no answer came: the run was stopped (budget: lm_calls)"
    assert ask(steps, top="budget: {lm_calls: 0}", kind="unanswerable", gold=())["cause"] == "truncated"


def test_a_run_that_failed_has_an_error_and_no_cause() -> None:
    steps = """
  found: {use: retrieve.find, found: [a]}
  broken: {use: judge.break, passages: found}
  answer: {use: generate.say, passages: broken}
output: answer
"""
    result = make(steps).run("break it")
    found = score(Question("q", "?", ("x",), {"a": 1.0}, "single"), result)
    assert found.metrics["correct"] == 0.0 and found.cause is None
    assert found.metrics["recall@5"] == found.metrics["answer_em"] == 0.0, "its user got nothing"
    assert found.metrics["context_tokens"] is None
    assert found.steps["found"]["recall@5"] == 1.0


DOCS = ["a", "b", "c", "d", "e", "f"]
lists = st.lists(st.sampled_from(DOCS), max_size=6, unique=True)
sizes = st.integers(0, 6)
LOSSES = {"lost_in_fusion", "lost_in_rerank", "cut_by_selector", "truncated"}


@st.composite
def runs(draw: st.DrawFn) -> tuple[Question, RunResult, dict[str, Any]]:
    """A random pipeline, run, and a random question about it."""
    steps = f"""
  one: {{use: retrieve.find, found: {draw(lists)}}}
  two: {{use: retrieve.find, found: {draw(lists)}, score: bm25}}
  cut: {{use: select.head, passages: two, k: {draw(sizes)}}}
  pool: {{use: fuse.mix, passages: [one, cut], k: {draw(sizes)}}}
  best: {{use: rerank.turned, passages: pool, k: {draw(sizes)}}}
  kept: {{use: select.head, passages: best, k: {draw(sizes)}}}
"""
    if draw(st.booleans()):
        text, abstains = draw(st.sampled_from(["it is alpha", "al-pha", "al pha", "beta"])), draw(st.booleans())
        answer = (
            f"use: generate.say, passages: kept, reads: {draw(sizes)}, abstains: {str(abstains).lower()}, text: {text}"
        )
        steps += f"  answer: {{{answer}}}\noutput: answer"
    else:
        steps += "output: kept"
    gold = draw(st.lists(st.sampled_from([*DOCS, "never"]), max_size=3, unique=True))
    kind = draw(st.sampled_from(["single", "multi", "aggregate", "none", "unanswerable", None]))
    answers = draw(st.sampled_from([(), ("alpha",), ("alpha", "gamma"), ("about a",), ("yes",)]))
    question = Question("q", "?", answers, dict.fromkeys(gold, 1.0), kind)
    known = draw(st.sampled_from([None, set(DOCS)]))
    return question, make(steps).run("what is it"), {"known_documents": known, "lm": draw(st.booleans())}


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(runs())
def test_what_holds_of_every_verdict(drawn: tuple[Question, RunResult, dict[str, Any]]) -> None:
    question, result, options = drawn
    found = score(question, result, **options)
    assert (found.cause is not None) == (found.metrics["correct"] == 0.0), "a cause exactly for what is wrong"
    if found.cause is None:
        return
    cause = found.cause
    assert cause["cause"] in CAUSES
    assert cause["detail"]
    reached = {each.doc_id for each in (result.answer.passages if result.answer is not None else result.passages)}
    spans = {span.step: span for span in result.trace.spans}
    if cause["cause"] == "not_in_corpus":
        assert options["known_documents"] is not None and "never" in question.gold_ids
    if cause["cause"] == "retrieval_miss" and question.gold_ids:
        retrieved = {each.doc_id for step in ("one", "two") for each in spans[step].outputs["passages"]}
        assert set(question.gold_ids) - retrieved
    if cause["cause"] in LOSSES:
        span = spans[cause["step"]]
        given_to_it = [
            each for value in span.inputs.values() for each in ([value] if hasattr(value, "ranked_by") else value)
        ]
        at_rank = [passages[cause["rank"] - 1] for passages in given_to_it if len(passages) >= cause["rank"]]
        handed_on = span.outputs.get("passages") or getattr(span.outputs.get("answer"), "passages", ())
        lost = [each for each in at_rank if each.doc_id not in reached and each not in handed_on]
        assert lost, "it stood where the verdict says, and did not reach the answer"
        assert not question.gold_ids or any(each.doc_id in question.gold_ids for each in lost)
        assert cause["score"] is None or any(cause["score"] in each.scores.values() for each in lost)
    if cause["cause"] in ("not_found_in_passage", "format", "wrongly_abstained") and question.kind in (
        "multi",
        "aggregate",
    ):
        assert set(question.gold_ids) <= reached, "what did not reach the answer comes first"
    if cause["cause"] == "wrongly_abstained":
        assert result.answer is not None and result.answer.abstained
    if cause["cause"] == "wrongly_answered":
        assert question.kind in ("unanswerable", "none")
    if cause["cause"] == "routed_wrongly":
        assert question.kind == "none", "nothing routes in this pipeline"


@settings(max_examples=40, deadline=None)
@given(lists.filter(len), st.integers(0, 6), st.sampled_from(DOCS))
def test_a_selector_that_keeps_more_never_becomes_the_cause(found: list[str], k: int, gold: str) -> None:
    def cause_of(keeps: int) -> str | None:
        steps = f"  f: {{use: retrieve.find, found: {found}}}\n  s: {{use: select.head, passages: f, k: {keeps}}}\n"
        steps += "output: s"
        scores = score(Question("q", "?", (), {gold: 1.0}, "single"), make(steps).run("?"))
        return None if scores.cause is None else str(scores.cause["cause"])

    few, many = cause_of(k), cause_of(k + 1)
    assert (few == "cut_by_selector") == (gold in found and found.index(gold) >= k)
    assert not (many == "cut_by_selector" and few != "cut_by_selector")
    assert (few == "retrieval_miss") == (gold not in found)
