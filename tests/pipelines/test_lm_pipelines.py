"""The shipped pipelines that ask an LM: each runs over a corpus of notes with a scripted one, and asks what it says."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from ragkit.testing import FakeReader, ScriptedLM, opened
from ragkit.types import Turn

FOLDER = Path(__file__).parents[2] / "pipelines"
LM = "lm: ${RAGKIT_LM:-}"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml") if LM in file.read_text(encoding="utf-8"))
QUESTION = "How do Adaptive-k and BM25 rank passages?"


def text_of(name):
    """The file from its version on, without the comments above."""
    whole = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return whole[whole.index("version: 1") :]


@contextlib.contextmanager
def shipped(name, rule):
    """A shipped pipeline over the notes, and its LM; ``rule`` has a value, or a function of the request, per field."""

    def answer(asked):
        return {field: value(asked) if callable(value := rule[field]) else value for field in asked.wanted}

    lm = ScriptedLM(answer)
    with opened(text_of(name).replace(LM, f"lm: {lm.model}"), lm=lm, reader=FakeReader()) as pipeline:
        yield pipeline, lm


def output(result, step, port):
    """The values that a step gave at a port, one for each of its executions."""
    return [span.outputs[port] for span in result.trace.spans if span.step == step]


def retrievals(result):
    return [span.inputs.get("query") or span.inputs["question"] for span in result.trace.spans if "hybrid" in span.use]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short(name):
    assert len((FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) <= 50


def test_rewrite_answer_searches_for_the_query_and_answers_the_question():
    with shipped("rewrite-answer", {"query": "largest gap between scores", "answer": "At a gap [1]."}) as (found, lm):
        result = found.run(QUESTION)
        assert found.plan.calls.lm == result.usage["lm_calls"] == 2
    assert retrievals(result) == ["largest gap between scores"]
    assert [asked.field("question") for asked in lm.requests] == [QUESTION, QUESTION]
    assert result.answer.citations[0].passage_id == "adaptive-k#0"


def test_chat_asks_once_at_first_and_makes_follow_ups_stand_alone():
    alone = "What does the buffer of adaptive-k hold?"
    rule = {"standalone_question": alone, "answer": "Five passages [1]."}
    with shipped("chat", rule) as (pipeline, lm):
        first = pipeline.run(QUESTION)
        assert (first.usage["lm_calls"], retrievals(first)) == (1, [QUESTION])
        said = [Turn("user", QUESTION), Turn("assistant", first.answer.text)]
        second = pipeline.run("And what is in its buffer?", history=said)
        assert (second.usage["lm_calls"], retrievals(second)) == (2, [alone])
    assert QUESTION in lm.requests[1].field("conversation")
    assert lm.requests[2].field("question") == alone


def test_decompose_searches_for_every_part_and_answers_the_whole():
    parts = ["How does Adaptive-k cut the list?", "What does BM25 rank by?"]
    rule = {"questions": parts, "reasoning": "[1] and [2].", "answer": "By gaps [1], by words [2]."}
    with shipped("decompose", rule) as (pipeline, lm):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == result.usage["lm_calls"] == 2
    assert sorted(retrievals(result)) == sorted([*parts, QUESTION])
    assert {"adaptive-k", "bm25"} <= {passage.doc_id for passage in result.answer.passages}
    assert lm.requests[-1].field("question") == QUESTION
    assert [citation.number for citation in result.answer.citations] == [1, 2]


def test_hyde_searches_with_the_question_and_what_was_made_up():
    made_up = iter(["It cuts at the largest gap.", "Words in common decide.", "A graph of neighbours."])
    with shipped("hyde", {"passage": lambda _: next(made_up), "answer": "At a gap [1]."}) as (pipeline, _):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == result.usage["lm_calls"] == 4
    assert result.usage["retrieval_calls"] == 4
    (fused,) = output(result, "pool", "passages")
    assert fused.ranked_by == "convex"
    assert not result.warnings


def test_multi_query_fuses_the_variants_and_lets_the_lm_order_them():
    rule = {
        "variants": ["words in common", "cut at a gap", "nearest vectors"],
        "ranking": lambda asked: " > ".join(f"[{n}]" for n in range(asked.field("passages").count("\n["), 0, -1)),
        "answer": "By words [1].",
    }
    with shipped("multi-query", rule) as (pipeline, _):
        result = pipeline.run(QUESTION)
        assert pipeline.plan.calls.lm == result.usage["lm_calls"] == 3
    assert sorted(retrievals(result)) == sorted([QUESTION, *rule["variants"]])
    (pool,), (best,) = output(result, "pool", "passages"), output(result, "best", "passages")
    assert best.ranked_by == "llm_rank"
    assert best[0].id == pool[len(pool) - 2].id, "the rule leaves the last one out, and names the others backwards"
    assert "leaves out 1 passage" in str(result.warnings)


def test_self_check_searches_for_what_has_no_source_until_all_has():
    drafts = iter(["It cuts at a gap [1]. A graph finds neighbours.", "It cuts at a gap [1]. A graph does [2]."])
    verdicts = iter([[1], [1, 2]])
    with shipped("self-check", {"answer": lambda _: next(drafts), "supported": lambda _: next(verdicts)}) as (found, _):
        result = found.run(QUESTION)
        assert found.plan.calls.lm == 6
    assert result.usage["lm_calls"] == 4
    assert retrievals(result) == [QUESTION, f"{QUESTION} A graph finds neighbours."]
    assert result.answer.text == "It cuts at a gap [1]. A graph does [2]."
    assert output(result, "ask.check", "grounded") == [False, True]


def test_self_check_ends_after_three_rounds_in_any_case():
    with shipped("self-check", {"answer": "Nobody knows [1].", "supported": []}) as (pipeline, lm):
        result = pipeline.run(QUESTION)
    assert len(lm.requests) == 6
    assert output(result, "ask.check", "score") == [0.0, 0.0, 0.0]
    assert result.answer.text == "Nobody knows [1]."


def test_compressed_needs_no_lm():
    with opened(text_of("compressed"), reader=FakeReader()) as pipeline:
        result = pipeline.run("At which gap between scores is the ranked list cut?")
    before, after = output(result, "found", "passages")[0], output(result, "evidence", "passages")[0]
    assert sum(p.tokens for p in after) <= sum(p.tokens for p in before) / 2
    assert "largest gap" in result.answer.text


@pytest.mark.parametrize("use", ["query.rewrite", "query.condense", "query.step_back"])
def test_a_query_step_can_be_left_out_where_there_is_no_lm(use):
    text = f"""
    corpus: notes
    steps:
      query: {{use: {use}, needs_lm: drop}}
      found: {{use: retrieve.hybrid, query: query, k: 2}}
    output: found
    """
    with opened(text, reader=FakeReader()) as pipeline:
        result = pipeline.run(QUESTION)
        assert pipeline.plan.notes == (f"step 'query' is left out: {use} needs an LM and none is set",)
    assert retrievals(result) == [QUESTION]


@pytest.mark.parametrize("use", ["rerank.llm", "select.llm_filter"])
def test_a_step_over_passages_can_be_left_out_too(use):
    text = f"""
    corpus: notes
    steps:
      found: {{use: retrieve.hybrid, k: 3}}
      best: {{use: {use}, passages: found, needs_lm: drop}}
    output: best
    """
    with opened(text, reader=FakeReader()) as pipeline:
        assert len(pipeline.run(QUESTION).passages) == 3
