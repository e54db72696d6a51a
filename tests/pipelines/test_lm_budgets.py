"""Steps that send several requests, when the budget does not pay for all of them."""

from __future__ import annotations

import pytest

from ragkit.testing import FakeReader, ScriptedLM, opened

QUESTION = "Where does adaptive-k cut the ranked list?"


def run(text, rule, reader=None):
    lm = ScriptedLM(lambda asked: {field: rule[field] for field in asked.wanted})
    with opened(text, lm=lm, reader=reader or FakeReader()) as pipeline:
        return pipeline.run(QUESTION), lm


def statuses(result):
    return {span.step: span.status for span in result.trace.spans}


@pytest.mark.parametrize(("calls", "asked"), [(3, 3), (2, 0)])
def test_a_step_is_asked_wholly_or_not_at_all(calls, asked):
    """Its bound is reserved before the first request leaves."""
    result, lm = run(
        f"""
        corpus: notes
        lm: scripted/lm
        budget: {{lm_calls: {calls}}}
        steps:
          imagined: {{use: query.hyde, n: 3}}
          wide: {{use: retrieve.dense, query: imagined.text, k: 2}}
          plain: {{use: retrieve.dense, k: 2}}
          found: {{use: flow.first, of: [wide, plain]}}
        output: found
        """,
        {"passage": "It cuts at the largest gap."},
    )
    assert len(lm.requests) == result.usage["lm_calls"] == asked
    assert len(result.passages) == 2
    assert statuses(result)["imagined"] == ("ok" if asked else "skipped")
    assert result.stopped == (None if asked else "budget: lm_calls")


def test_what_a_step_reserved_and_did_not_use_pays_for_the_next():
    """judge.relevance reserves ten requests and sends one for each of two passages."""
    result, lm = run(
        """
        corpus: notes
        lm: scripted/lm
        budget: {lm_calls: 10}
        steps:
          found: {use: retrieve.dense, k: 2}
          grades: {use: judge.relevance, passages: found, most: 9}
          answer: {use: generate.refine, passages: grades.relevant, per_round: 1, rounds: 8}
        output: {answer: answer, passages: found}
        """,
        {"grade": "relevant", "answer": "At the largest gap [1]."},
    )
    assert len(lm.requests) == result.usage["lm_calls"] == 4
    assert statuses(result) == {"found": "ok", "grades": "ok", "answer": "ok"}


def test_a_loop_ends_with_the_last_round_that_could_be_paid():
    result, lm = run(
        """
        corpus: notes
        lm: scripted/lm
        budget: {lm_calls: 4}
        steps:
          ask:
            use: flow.loop
            max_rounds: 5
            carry: {query: question, seen: {value: []}}
            steps:
              found: {use: retrieve.dense, query: carry.query, k: 2}
              all: {use: fuse.union, passages: [carry.seen, found]}
              enough: {use: judge.sufficiency, passages: all}
            next: {query: enough.missing, seen: all}
            until: enough.sufficient
            output: all
        output: ask
        """,
        {"sufficient": False, "missing": "five passages for safety"},
    )
    assert len(lm.requests) == 4
    assert result.stopped is not None
    assert "budget" in result.stopped
    assert len(result.passages) >= 2
